import { sendHit } from '../delivery/hit.js';
import { call } from '../guard.js';
import { currentId } from '../identity.js';
import { asProperties } from './properties.js';

/**
 * `set(properties, callback?)`: properties of the person. If there is no member, or all members are functions, nothing is sent
 * (docs/reference.md#2.3), but the callback is called.
 */
export function set(properties: unknown, callback?: unknown): void {
  const given = asProperties(properties);
  if (Object.values(given).some((value) => typeof value != 'function')) {
    sendHit('/s', undefined, currentId(), given, callback);
  } else call(callback, false);
}
