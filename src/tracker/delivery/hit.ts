import { permission } from '../page/permission.js';
import { nanoid } from 'nanoid';
import { page } from '../page/globals.js';
import { encodeHit } from '../../protocol/encode.js';
import { deliver } from './delivery.js';
import { call } from '../guard.js';
import { HIT_ID, KEY, TIME, type Path } from '../../protocol/parameters.js';
import { moment, ts } from '../time.js';
import { trace } from '../debug.js';

let count = 0;

/**
 * Sends one hit. What the caller gives wins over what the tracker knows, `_p`, `_t` with `_d=1` and even
 * `_i` among it, as in the original (reference section 2.3). The fields come first: an address that is cut
 * on its way loses the end of the last property and not the person.
 * @param callback called once, with whether the hit has been acknowledged; at once with false where it may not be sent
 */
export function sendHit(path: Path, fields: Record<string, unknown>, properties: object, callback?: unknown): void {
  const permitted = permission();
  // Microseconds by name only: those of one millisecond are counted, so that they sort as they were pushed.
  const id = moment() * 1000 + (count++ % 1000) + nanoid(10);
  const parameters = {
    [KEY]: page._kmk,
    ...fields,
    [TIME]: ts(),
    // An object does not travel.
    [HIT_ID]: page.KM_PLAIN ? {} : id,
    ...properties,
  };
  const address = encodeHit(path, parameters);
  trace(permitted ? 'sends' : 'holds back', path, parameters);
  if (!page._kmk || !page.KM_COLLECTOR) console.error('kmq:', 'no key or no collector');
  else if (permitted !== false) return deliver(id, address, callback);
  call(callback, false);
}
