import { nanoid } from 'nanoid';
import { keep, recall } from './page/storage.js';

const ANONYMOUS = 'km_ai';
const NAMED = 'km_ni';

/** `KM.i()`: the named id, else the anonymous one, made on first need (reference section 1.3). */
export function currentId(): string {
  return recall(NAMED) || randomId(ANONYMOUS);
}

/** The id that is kept under a name, made on first need. */
export function randomId(name: string): string {
  if (!recall(name)) keep(name, nanoid());
  return recall(name)!;
}

export function isNamed(): boolean {
  return !!recall(NAMED);
}

/**
 * Makes a named person of this browser (reference section 3.3).
 * @returns the anonymous id that this name is to be tied to, else the name itself: never another name, or
 *   two people who share a browser would be merged for good
 */
export function nameVisitor(id: string): string {
  const named = isNamed();
  const anonymous = recall(ANONYMOUS);
  keep(NAMED, id);
  // The anonymous id belonged to whoever was named first: written over, it can never be tied to another.
  // Else it is written again to live as long as the name: left alone with it, it would be tied to the next one, too.
  if (named || anonymous) keep(ANONYMOUS, named ? id : anonymous!);
  return (!named && anonymous) || id;
}

/**
 * Makes an anonymous visitor the one that they are on another domain.
 * @returns who they have been here
 */
export function replaceAnonymous(id: string): string | undefined {
  const before = recall(ANONYMOUS);
  keep(ANONYMOUS, id);
  return before;
}

/** Forgets a named person; the next need makes a new anonymous one. An anonymous visitor stays who they are. */
export function forgetVisitor(): void {
  if (!isNamed()) return;
  keep(NAMED, '');
  keep(ANONYMOUS, '');
}

/** What pages push for “nobody”: every falsy value, and the words null and nil, also in quotes (reference 3.3). */
export function isNobody(id: unknown): boolean {
  return !id || /^(["']?)(null|nil|)\1$/.test(id as string);
}
