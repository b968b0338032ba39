import { BATCH } from '../../protocol/parameters.js';
import { page } from '../page/globals.js';

/** How long an answer may take. */
const REQUEST_TIMEOUT_MS = 15_000;
/** A longer address goes by POST: something on its way may cut it. */
const LONG_ADDRESS_CHARACTERS = 2000;

/**
 * Sends hits in one request: a single one as the image that the specification has, several as a batch.
 * @param lines paths and queries, one only where the collector is another implementation
 * @returns whether they have been acknowledged
 */
export function request(lines: string[]): Promise<boolean> {
  if (!page.KM_PLAIN && (lines[1] || lines[0]!.length > LONG_ADDRESS_CHARACTERS)) {
    return fetch(page.KM_COLLECTOR + BATCH, {
      method: 'POST',
      body: lines.join('\n'),
      signal: AbortSignal.timeout?.(REQUEST_TIMEOUT_MS),
    }).then(
      ({ ok }) => ok,
      () => false,
    );
  }
  return new Promise((settle) => {
    const image = new Image();
    image.onload = () => settle(true);
    image.onerror = () => settle(false);
    image.src = page.KM_COLLECTOR + lines[0]!;
    setTimeout(() => {
      settle(false);
      // Gives the connection back: a host gets six of them.
      image.src = '';
    }, REQUEST_TIMEOUT_MS);
  });
}

/** Sends hits in a way that outlives the page; what becomes of them it does not hear. */
export function beacon(lines: string[]): void {
  if (page.KM_PLAIN) lines.forEach((line) => navigator.sendBeacon(page.KM_COLLECTOR + line));
  else if (lines[0]) navigator.sendBeacon(page.KM_COLLECTOR + BATCH, lines.join('\n'));
}
