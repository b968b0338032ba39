import { sendHit } from '../delivery/hit.js';
import { currentId } from '../identity.js';
import { asProperties } from './properties.js';
import { set } from './set.js';

/**
 * `record(name, properties?, callback?)`: an event. Without a name, or with properties instead of it, it is
 * `set` (docs/reference.md#2.3). The second argument may be the callback.
 */
export function record(name: unknown, properties?: unknown, callback?: unknown): void {
  if (typeof properties == 'function') return record(name, undefined, callback || properties);
  if (name && (typeof name != 'object' || properties)) {
    sendHit('/e', name, currentId(), asProperties(properties), callback);
  } else {
    set(name || properties, callback);
  }
}
