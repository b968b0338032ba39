import { nanoid } from 'nanoid';
import { encodeHit } from '../../protocol/encode.js';
import { HIT_ID, KEY, TIME, type Path } from '../../protocol/parameters.js';
import { trace } from '../debug.js';
import { page } from '../page/globals.js';
import { permission } from '../page/permission.js';
import { ts } from '../time.js';
import { sendBeacon } from './beacon.js';

/** A page whose visitor never answers must not fill the memory. */
const MOST_WAITING = 1000;

/** Hits of a visitor who has not been asked yet, in their order. */
const waiting: (() => void)[] = [];

/**
 * Sends one hit. What the caller gives wins over what the tracker knows, `_p`, `_t` with `_d=1` and even
 * `_i` among it, as in the original (reference section 2.3). The fields come first: an address that is cut
 * on its way loses the end of the last property and not the person.
 * @param callback called once: when the hit has been acknowledged or has failed, or at once where it has to
 *   wait for consent or may not be sent
 */
export function sendHit(path: Path, fields: Record<string, unknown>, properties: object, callback?: unknown): void {
  const permitted = permission();
  // An object does not travel.
  const id = page.KM_PLAIN ? {} : nanoid();
  const parameters = { [KEY]: page._kmk, ...fields, [TIME]: ts(), [HIT_ID]: id, ...properties };
  const address = page.KM_COLLECTOR + encodeHit(path, parameters);
  const settled = typeof callback == 'function' ? (callback as () => void) : undefined;
  const send = (then?: () => void): void =>
    sendBeacon(address, (outcome) => {
      trace(outcome, path, parameters);
      then?.();
    });
  trace(permitted ? 'sends' : 'holds back', path, parameters);
  if (!page._kmk || !page.KM_COLLECTOR) console.warn('kmq: no key or no collector');
  else if (permitted) return send(settled);
  else if (permitted !== false && waiting.length < MOST_WAITING) waiting.push(send);
  settled?.();
}

/** Sends what has waited, or forgets it, once the visitor has been asked. */
export function decideWaiting(): void {
  for (const send of waiting.splice(0)) if (permission()) send();
}
