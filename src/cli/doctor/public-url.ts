import { isLoopback } from '../../collector/access/client.js';
import { NOT_FOUND } from '../../protocol/api.js';
import type { Settings } from '../resolve.js';
import { ask, type Answer } from './ask.js';
import { examineClock } from './clock.js';
import { localOrigin } from './collector.js';
import { fault, note, ok, reasonOf, type Finding } from './finding.js';
import { examineProxy } from './proxy.js';

const ABOUT = 'public URL';

/** What browsers get at the public URL, through any proxy in front of the collector. */
export async function examinePublicUrl(settings: Settings, token: string | undefined): Promise<Finding[]> {
  const { publicUrl } = settings;
  if (publicUrl === undefined) return [];
  let health: Answer;
  try {
    health = await ask(`${publicUrl}/healthz`);
  } catch (error) {
    return [fault(ABOUT, unreachable(publicUrl, error))];
  }
  const { location } = health.headers;
  if (health.status >= 300 && health.status < 400 && location !== undefined)
    return [
      fault(
        ABOUT,
        `${publicUrl}/healthz redirects to ${location}. A redirected batch of hits can lose its body. Give the last URL with --public-url.`,
      ),
    ];
  if (!health.body.startsWith('{"status":')) {
    return [fault(ABOUT, `${publicUrl}/healthz answers ${health.status}. ${elsewhere(settings, publicUrl, health)}`)];
  }
  const findings = [
    ...examineClock(publicUrl, secondsAhead(health), note),
    ...(await examineTracker(settings, publicUrl)),
    ...(await examineReading(publicUrl)),
    ...examineScheme(publicUrl),
    ...(await examineProxy(settings, publicUrl, token)),
  ];
  return findings.some(({ level }) => level === 'fault')
    ? findings
    : [ok(ABOUT, `${publicUrl} leads to the collector.`), ...findings];
}

/** Node does not have the authorities of this machine's browsers. */
const UNKNOWN_AUTHORITY =
  /^(UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(_LOCALLY)?)|(DEPTH_ZERO_)?SELF_SIGNED_CERT.*)$/;

function unreachable(publicUrl: string, error: unknown): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  const what = `${publicUrl} cannot be reached from this machine: ${reasonOf(error)}.`;
  if (!UNKNOWN_AUTHORITY.test(code)) return what;
  return `${what} Configure the proxy with the whole chain of certificates. If a private authority has signed it, run kmq doctor with NODE_EXTRA_CA_CERTS=FILE, and install that certificate in all browsers.`;
}

/** Why another program than the collector answered, or the collector at another path. */
function elsewhere({ basePath }: Settings, publicUrl: string, { status, body }: Answer): string {
  if (status === 502 || status === 504)
    return 'The proxy does not reach the collector. Compare the address in its configuration with --host and --port.';
  const { pathname } = new URL(publicUrl);
  if (body === JSON.stringify({ error: NOT_FOUND }))
    return basePath !== undefined && pathname.replace(/\/$/, '') === basePath
      ? `The proxy seems to replace ${basePath} by a slash, so that the collector gets //healthz. Let it pass on the path: in nginx, with nothing after the port in proxy_pass.`
      : `The collector gets the path ${pathname}, which it does not know. Name the path with --base-path, or let the proxy remove it.`;
  return 'That is not the collector. Does the proxy pass on all paths below this URL?';
}

/** Whether only this machine reaches a URL. */
function isOfThisMachine(publicUrl: string): boolean {
  const { hostname } = new URL(publicUrl);
  return hostname === 'localhost' || isLoopback(hostname.replace(/^\[(.*)\]$/, '$1'));
}

function examineScheme(publicUrl: string): Finding[] {
  if (new URL(publicUrl).protocol === 'https:' || isOfThisMachine(publicUrl)) return [];
  const says = `${publicUrl} has no TLS: browsers block it on pages with https, and whoever listens on the network can read the hits.`;
  return [note(ABOUT, says)];
}

/** Checks the tracker: a proxy or a CDN may cache an old one, or rewrite it, so that its integrity hash is wrong. */
async function examineTracker(settings: Settings, publicUrl: string): Promise<Finding[]> {
  const [here, there] = await Promise.all([
    ask(`${localOrigin(settings)}/kmq.js`, { isTrusted: true }),
    ask(`${publicUrl}/kmq.js`),
  ]);
  if (there.status !== 200)
    return [fault(ABOUT, `${publicUrl}/kmq.js answers ${there.status}, so no page gets the tracker.`)];
  if (here.body === there.body) return [];
  return [
    note(
      ABOUT,
      `${publicUrl}/kmq.js is not the tracker of this collector. Empty the cache of the proxy or CDN, and let it change no scripts.`,
    ),
  ];
}

/** Whether data of people needs the token when a request comes through the proxy. */
async function examineReading(publicUrl: string): Promise<Finding[]> {
  const { status } = await ask(`${publicUrl}/api/v1/about`);
  if (status !== 200) return [];
  if (isOfThisMachine(publicUrl)) {
    const says = `${publicUrl} needs no token, since only this machine can open it. If a program forwards it to other machines, set a token.`;
    return [note('token', says)];
  }
  return [
    fault(
      'token',
      `${publicUrl}/api/v1/about answers without the token: anybody can read people. Name the proxy with --trust-proxy, or set a token.`,
    ),
  ];
}

/** How far this machine's clock is ahead of the answer's `Date`; NaN if there is none. */
function secondsAhead({ headers }: Answer): number {
  return Math.round((Date.now() - Date.parse(headers.date ?? '')) / 1000);
}
