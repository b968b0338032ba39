import { nanoid } from 'nanoid';
import type { LiveHit, LiveRefusal } from '../../protocol/api.js';
import { createHitId } from '../../protocol/hit-id.js';
import { HIT_ID } from '../../protocol/parameters.js';
import { address, read } from '../site.js';

/** How long Live may take to show what has been acknowledged: several times what a distributed store takes. */
const PATIENCE_MS = 30_000;

/** What has become of a hit; a sentence where that is all that is known. */
export type Outcome = { hit: LiveHit } | { refusal: LiveRefusal } | { sentence: string };

/**
 * Sends a hit, which counts, and waits until Live of its site shows it. It carries an id of its own, by which it is found
 * among all others; it stands first, since of a long address that is refused only the beginning is shown.
 * @param key of the site that it is for
 * @param onSent called when the collector has acknowledged it
 */
export function tryHit(url: string, key: string, onSent: () => void): Promise<Outcome> {
  const id = createHitId(Date.now(), 0, nanoid(10));
  const marked = url.replace('?', `?${HIT_ID}=${id}&`);
  return new Promise((resolve) => {
    const feed = new EventSource(address('/api/v1/live', { key }));
    let timer: ReturnType<typeof setTimeout> | undefined;
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
      // The browser has given up: another question learns whether it is for want of a session.
      if (feed.readyState !== EventSource.CLOSED) return;
      void read(address('/api/v1/about')).catch(() => {});
      end({ sentence: 'Live of this site cannot be read, so nothing was sent.' });
    });
    // Sent once the feed is open: what arrives is seen, and nothing is sent that nobody could see.
    feed.addEventListener(
      'open',
      () => {
        void send(marked).then((fault) => {
          if (fault !== undefined) return end({ sentence: fault });
          onSent();
          const unseen =
            'The collector has acknowledged the hit, but Live has not shown it: look at the person, or at the log.';
          timer = setTimeout(end, PATIENCE_MS, { sentence: unseen });
        });
      },
      { once: true },
    );
  });
}

/** @returns why it was not taken, a sentence */
async function send(url: string): Promise<string | undefined> {
  try {
    // As from a mail: with no word of the page that it stands in, which a site may take no hits from, and without a session.
    const { status } = await fetch(url, { referrerPolicy: 'no-referrer', credentials: 'omit', cache: 'no-store' });
    if (status === 200) return undefined;
    if (status === 429)
      return 'The collector accepts no more hits at the moment (429): a limit of hits a second has been reached.';
    return `The collector could not store the hit (${status}). The log says why.`;
  } catch {
    return 'The collector cannot be reached.';
  }
}
