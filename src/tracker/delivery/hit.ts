import { nanoid } from 'nanoid';
import { encodeHit } from '../../protocol/encode.js';
import { createHitId } from '../../protocol/hit-id.js';
import { HIT_ID, KEY, NAME, PERSON, TIME, type Path } from '../../protocol/parameters.js';
import { trace } from '../console.js';
import { call } from '../guard.js';
import { page } from '../page/globals.js';
import { permission } from '../page/permission.js';
import { moment, ts } from '../time.js';
import { deliver } from './delivery.js';

let count = 0;

/**
 * Sends one hit (docs/reference.md#3.2). The caller's properties override the tracker's fields, also `_p`, `_t` with `_d=1` and
 * `_i`, as in the original (docs/reference.md#2.3). Fields come first in the URL: if it is cut
 * on its way, the end of the last property is lost and not the person.
 * @param name of the event, or the other identity of an alias
 * @param callback called once, with whether the hit has been acknowledged; at once with false where it may not be sent
 */
export function sendHit(path: Path, name: unknown, person: unknown, properties: object, callback?: unknown): void {
  const permitted = permission();
  const id = createHitId(moment(), count++, nanoid(10));
  const known: Record<string, unknown> = {};
  known[KEY] = page._kmk;
  if (name) known[NAME] = name;
  known[PERSON] = person;
  known[TIME] = ts();
  if (!page.KM_PLAIN) known[HIT_ID] = id;
  const parameters = { ...known, ...properties };
  const address = encodeHit(path, parameters);
  trace(permitted ? 'sends' : 'holds back', path, parameters);
  // If key or collector is missing, that was logged at the start.
  if (page._kmk && page.KM_COLLECTOR && permitted !== false) deliver(id, address, callback);
  else call(callback, false);
}
