import { nanoid } from 'nanoid';
import { ANONYMOUS_COOKIE, NAMED_COOKIE } from '../protocol/cookies.js';
import { keep, recall } from './page/storage.js';

/** `KM.i()`: the named id, else the anonymous one, which is made when it is first needed (docs/reference.md#1.3). */
export function currentId(): string {
  return recall(NAMED_COOKIE) || randomId(ANONYMOUS_COOKIE);
}

/** `KM._i`: the current identity, if there is one yet. */
export function knownId(): string | undefined {
  return recall(NAMED_COOKIE) || recall(ANONYMOUS_COOKIE);
}

/** `KM.gc(name)`: the value stored under a short name: `ni` is the named id, `ai` the anonymous one; null if there is none. */
export function storedValue(name: string): string | null {
  return recall('km_' + name) || null;
}

/** The id stored under a name. It is made when it is first needed. */
export function randomId(name: string): string {
  if (!recall(name)) keep(name, nanoid());
  return recall(name)!;
}

/**
 * Whether an id means “nobody”: a falsy value, or the words null and nil, also in quotes (docs/reference.md#3.3).
 * @throws TypeError for an object: all visitors named “[object Object]” would be one person
 */
export function isNobody(id: unknown): boolean {
  if (Object(id) === id) throw TypeError('an identity cannot be an object');
  return !id || /^(["']?)(null|nil|)\1$/.test(id as string);
}
