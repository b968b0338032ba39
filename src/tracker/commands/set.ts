import { sendHit } from '../delivery/hit.js';
import { call } from '../guard.js';
import { currentId } from '../identity.js';
import { asProperties } from './properties.js';

/**
 * `set(properties, callback?)`: properties of the person. Sends nothing without at least one member that is
 * no function (docs/reference.md#2.3); the callback is called all the same.
 */
export function set(properties: unknown, callback?: unknown): void {
  const given = asProperties(properties);
  if (Object.values(given).some((value) => typeof value != 'function')) {
    sendHit('/s', undefined, currentId(), given, callback);
  } else call(callback, false);
}
