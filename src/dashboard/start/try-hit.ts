import { nanoid } from 'nanoid';
import type { LiveHit, LiveRefusal } from '../../protocol/api.js';
import { createHitId } from '../../protocol/hit-id.js';
import { HIT_ID } from '../../protocol/parameters.js';
import { read, UNREACHABLE } from '../requests.js';
import { address } from '../site.js';

/** How long Live may take to show an acknowledged hit: several times as long as a distributed store needs. */
const PATIENCE_MS = 30_000;

const UNSEEN = 'The collector has acknowledged the hit, but Live has not shown it: look at the person, or at the log.';

/** The outcome of a hit; only a sentence if no more is known. */
export type Outcome = { hit: LiveHit } | { refusal: LiveRefusal } | { sentence: string };

/**
 * Sends a hit, which counts, and waits until Live of its site shows it. The hit gets an id, by which it is found
 * among all others. The id comes first, since Live shows only the beginning of a long address that is refused.
 * @param key the key of the site
 * @param onSent called when the collector has acknowledged it
 */
export function tryHit(url: string, key: string, onSent: () => void): Promise<Outcome> {
  const id = createHitId(Date.now(), 0, nanoid(10));
  const marked = url.replace('?', `?${HIT_ID}=${id}&`);
  return new Promise((resolve) => {
    const feed = new EventSource(address('/api/v1/live', { key }));
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isBegun = false;
    let isAcknowledged = false;
    const end = (outcome: Outcome): void => {
      clearTimeout(timer);
      feed.close();
      resolve(outcome);
    };
    feed.addEventListener('hit', ({ data }: MessageEvent<string>) => {
      const hit = JSON.parse(data) as LiveHit;
      if (hit.id === id) end({ hit });
    });
    feed.addEventListener('refused', ({ data }: MessageEvent<string>) => {
      const refusal = JSON.parse(data) as LiveRefusal;
      if (refusal.request.includes(`${HIT_ID}=${id}&`)) end({ refusal });
    });
    feed.addEventListener('error', () => {
      // The browser does not reconnect: another request finds out whether the session has ended.
      if (feed.readyState !== EventSource.CLOSED) return;
      void read(address('/api/v1/about')).catch(() => {});
      if (isAcknowledged) end({ sentence: UNSEEN });
      // Else the answer to the hit ends the trial.
      else if (!isBegun) end({ sentence: 'Live of this site cannot be read, so nothing was sent.' });
    });
    // The hit is sent when the feed is open, so that its arrival is seen.
    feed.addEventListener(
      'open',
      () => {
        isBegun = true;
        void send(marked).then((fault) => {
          if (fault !== undefined) return end({ sentence: fault });
          isAcknowledged = true;
          onSent();
          timer = setTimeout(end, feed.readyState === EventSource.CLOSED ? 0 : PATIENCE_MS, { sentence: UNSEEN });
        });
      },
      { once: true },
    );
  });
}

/** @returns a sentence if the hit was not accepted */
async function send(url: string): Promise<string | undefined> {
  try {
    // As from another program: without a referrer, since the site may accept no hits from this page, and without the session's cookie.
    const { status } = await fetch(url, { referrerPolicy: 'no-referrer', credentials: 'omit', cache: 'no-store' });
    if (status === 200) return undefined;
    if (status === 429)
      return 'The collector accepts no more hits at the moment (429): a limit of hits a second has been reached.';
    return `The collector could not store the hit (${status}). The log says why.`;
  } catch {
    return UNREACHABLE;
  }
}
