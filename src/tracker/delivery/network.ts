import { BATCH } from '../../protocol/parameters.js';
import { page } from '../page/globals.js';

/** How long an answer may take. */
const REQUEST_TIMEOUT_MS = 15_000;
/** A longer address goes by POST: something on its way may cut it. */
const LONG_ADDRESS_CHARACTERS = 2000;

/**
 * Sends hits in one request: a single one as the image that the specification has, several as a batch.
 * @param lines paths and queries, one only where the collector is another implementation
 * @param settle called once, with whether they have been acknowledged. Not a promise: an image needs none, and some pages
 *   have replaced theirs by something else
 */
export function request(lines: string[], settle: (delivered: boolean) => void): void {
  if (!page.KM_PLAIN && (lines[1] || lines[0]!.length > LONG_ADDRESS_CHARACTERS)) {
    fetch(page.KM_COLLECTOR + BATCH, {
      method: 'POST',
      body: lines.join('\n'),
      signal: AbortSignal.timeout?.(REQUEST_TIMEOUT_MS),
    }).then(
      ({ ok }) => settle(ok),
      () => settle(false),
    );
    return;
  }
  const image = new Image();
  const timer = setTimeout(() => {
    image.onload = image.onerror = null;
    // Gives the connection back: a host gets six of them.
    image.src = '';
    settle(false);
  }, REQUEST_TIMEOUT_MS);
  image.onload = image.onerror = (event) => {
    clearTimeout(timer);
    settle((event as Event).type == 'load');
  };
  image.src = page.KM_COLLECTOR + lines[0]!;
}

/** Sends hits in a way that outlives the page; what becomes of them it does not hear. */
export function beacon(lines: string[]): void {
  if (page.KM_PLAIN) lines.forEach((line) => navigator.sendBeacon(page.KM_COLLECTOR + line));
  else if (lines[0]) navigator.sendBeacon(page.KM_COLLECTOR + BATCH, lines.join('\n'));
}
