import type { Settings } from '../resolve.js';
import { ask, type Answer } from './ask.js';
import { examineClock } from './clock.js';
import { localOrigin } from './collector.js';
import { fault, note, ok, reasonOf, type Finding } from './finding.js';

const ABOUT = 'public URL';

/** What browsers get at the public URL, through any proxy in front of the collector. */
export async function examinePublicUrl(settings: Settings): Promise<Finding[]> {
  const { publicUrl } = settings;
  if (publicUrl === undefined) return [];
  let health: Answer;
  try {
    health = await ask(`${publicUrl}/healthz`);
  } catch (error) {
    return [fault(ABOUT, `${publicUrl} cannot be reached from this machine: ${reasonOf(error)}.`)];
  }
  if (!health.body.startsWith('{"status":')) {
    const says =
      health.status === 502 || health.status === 504
        ? 'The proxy does not reach the collector. Compare the address in its configuration with --host and --port.'
        : 'That is not the collector. Does the proxy pass on all paths below this address?';
    return [fault(ABOUT, `${publicUrl}/healthz answers ${health.status}. ${says}`)];
  }
  const findings = [
    ...examineClock(publicUrl, secondsAhead(health), note),
    ...(await examineTracker(settings, publicUrl)),
    ...(await examineReading(publicUrl)),
  ];
  return findings.some(({ level }) => level === 'fault')
    ? findings
    : [ok(ABOUT, `${publicUrl} leads to the collector.`), ...findings];
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
