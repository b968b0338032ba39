import type { Settings } from '../resolve.js';
import { ask, type Answer, type Asked } from './ask.js';
import { localOrigin } from './collector.js';
import { fault, note, reasonOf, type Finding } from './finding.js';

/**
 * What a proxy does to requests of browsers: each is sent to the collector directly and through the proxy, and the answers are
 * compared. None of these requests contains a hit, so the collector stores those to `/e` and `/b` as refused.
 */

const ABOUT = 'proxies';
/** A page of another host than the collector's. */
const PAGE = 'https://page.example';
/** The longest URL of an image that the tracker uses. */
const URL_CHARACTERS = 2000;
/** More than a batch of a tracker has (60,000 characters of ASCII). Only a single long hit may be larger. */
const BODY_BYTES = 128 * 1024;
/** How long the first bytes of Live may take. The collector sends them at once. */
const STREAM_MS = 3000;

export async function examineProxy(
  settings: Settings,
  publicUrl: string,
  token: string | undefined,
): Promise<Finding[]> {
  const compare = async (path: string, asked: Asked): Promise<[here: Answer, there: Answer]> => [
    await ask(`${localOrigin(settings)}${path}`, { ...asked, isTrusted: true }),
    await ask(`${publicUrl}${path}`, asked).catch(unanswered),
  ];
  const empty = { method: 'POST', body: '', headers: { origin: PAGE, 'content-type': 'text/plain' } };
  // The collector ignores empty lines.
  const large = { ...empty, body: '\n'.repeat(BODY_BYTES) };
  const [image, post, batch, long] = [
    await compare('/e', { headers: { origin: PAGE } }),
    await compare('/b', empty),
    await compare('/b', large),
    await compare(`/healthz?${'x'.repeat(URL_CHARACTERS)}`, {}),
  ];
  return [
    ...examineImage(publicUrl, ...image),
    ...examinePost(publicUrl, ...post),
    ...examineBody(publicUrl, ...batch, post[1]),
    ...examineLength(publicUrl, ...long),
    ...(await examineStream(publicUrl, token)),
  ];
}

/** A proxy may close the connection of a request that it does not want. */
const unanswered = (error: unknown): Answer => ({ status: 0, headers: {}, body: reasonOf(error) });

const said = ({ status, body }: Answer): string => (status ? `answers ${status}` : `does not answer (${body})`);

function examineImage(publicUrl: string, here: Answer, there: Answer): Finding[] {
  const url = `${publicUrl}/e`;
  if (there.status !== here.status)
    return [fault(ABOUT, `${url} ${said(there)}, so hits that pages send by GET do not arrive. Pass on this path.`)];
  const [wanted, got] = [here.headers['cache-control'], there.headers['cache-control']];
  if (there.headers.age === undefined && wanted === got) return [];
  return [
    fault(
      ABOUT,
      `${url} may be cached: its Cache-Control is “${got ?? ''}” instead of “${wanted}”. A cached answer means that a hit never arrives. Let the proxy cache nothing but scripts, and change no headers.`,
    ),
  ];
}

function examinePost(publicUrl: string, here: Answer, there: Answer): Finding[] {
  const url = `${publicUrl}/b`;
  if (there.status !== here.status)
    return [fault(ABOUT, `POST ${url} ${said(there)}, so batches of hits do not arrive. Allow POST.`)];
  const name = 'access-control-allow-origin';
  const [wanted, got] = [here.headers[name], there.headers[name]];
  if (wanted === got) return [];
  return [
    fault(
      ABOUT,
      `${url} answers with Access-Control-Allow-Origin “${got ?? ''}” instead of “${wanted}”, so pages of other hosts cannot see that hits have arrived, and send them again. Let the proxy neither remove nor add this header.`,
    ),
  ];
}

/** @param empty the proxy's answer to a POST with an empty body: if it is the same, the size of the body is not the reason */
function examineBody(publicUrl: string, here: Answer, there: Answer, empty: Answer): Finding[] {
  if (there.status === here.status || there.status === empty.status) return [];
  return [
    fault(
      ABOUT,
      `POST ${publicUrl}/b with ${BODY_BYTES / 1024} KiB ${said(there)}: large batches do not arrive. Allow bodies of 1 MiB (nginx: client_max_body_size).`,
    ),
  ];
}

function examineLength(publicUrl: string, here: Answer, there: Answer): Finding[] {
  if (there.status === here.status) return [];
  return [
    fault(
      ABOUT,
      `A URL of ${URL_CHARACTERS} characters at ${publicUrl} ${said(there)}: long hits that pages send by GET do not arrive. Allow URLs of 8 KiB (nginx: large_client_header_buffers).`,
    ),
  ];
}

/** Live is a stream. A proxy that collects answers before it passes them on passes on nothing of it. */
async function examineStream(publicUrl: string, token: string | undefined): Promise<Finding[]> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), STREAM_MS);
  try {
    const response = await fetch(`${publicUrl}/api/v1/live?key=kmq-doctor`, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: controller.signal,
    });
    // Without the right token there is no stream, which is reported elsewhere.
    if (response.ok) await response.body!.getReader().read();
    return [];
  } catch (error) {
    if (!controller.signal.aborted)
      return [note(ABOUT, `${publicUrl}/api/v1/live does not answer: ${reasonOf(error)}. Live stays empty.`)];
    return [
      note(
        ABOUT,
        `${publicUrl}/api/v1/live sends nothing for ${STREAM_MS / 1000} seconds, so Live stays empty. Let the proxy pass on this path without buffering (nginx: proxy_buffering off).`,
      ),
    ];
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}
