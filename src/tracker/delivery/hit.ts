import { nanoid } from 'nanoid';
import { encodeHit } from '../../protocol/encode.js';
import { HIT_ID, KEY, TIME, type Path } from '../../protocol/parameters.js';
import { page } from '../page/globals.js';
import { collector, key } from '../page/site.js';
import { ts } from '../time.js';
import { sendBeacon } from './beacon.js';

export type Callback = () => void;

/**
 * Sends one hit. What the caller gives wins over what the tracker knows, `_p`, `_t` with `_d=1` and even
 * `_i` among it, as in the original (reference section 2.3). The fields come first: an address that is cut
 * on its way loses the end of the last property and not the person.
 * @param callback called once, when the hit has been acknowledged or has failed
 */
export function sendHit(path: Path, fields: Record<string, unknown>, properties: object, callback?: unknown): void {
  const settled = typeof callback == 'function' ? (callback as Callback) : () => {};
  const origin = collector();
  if (!key() || !origin) {
    console.warn('kmq: nothing is sent, since the page names no ' + (origin ? 'key' : 'collector'));
    return settled();
  }
  const id = page().KM_PLAIN ? {} : { [HIT_ID]: nanoid() };
  const parameters = { [KEY]: key(), ...fields, [TIME]: ts(), ...id, ...properties };
  sendBeacon(origin + encodeHit({ path, parameters }), settled);
}
