import { forgetVisitor, isNobody, nameVisitor } from '../identity.js';
import { alias } from './alias.js';

/**
 * `identify(id)`: names this visitor, and ties what they did anonymously to the name (reference section 3.3).
 * An id that means nobody is `clearIdentity()`.
 * @throws TypeError for an object: all who were named “[object Object]” would be one person
 */
export function identify(id: unknown): void {
  if (isNobody(id)) return clearIdentity();
  if (Object(id) === id) throw TypeError('identify takes a text');
  alias(id, nameVisitor(String(id)));
}

/** `clearIdentity()`: the next visitor of this browser is someone else; does nothing to an anonymous one. */
export function clearIdentity(): void {
  forgetVisitor();
}
