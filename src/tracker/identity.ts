import { nanoid } from 'nanoid';
import { keep, recall } from './page/storage.js';

/** The id from before the visitor was named; a name, where one has taken its place. */
export const ANONYMOUS = 'km_ai';
export const NAMED = 'km_ni';

/** `KM.i()`: the named id, else the anonymous one, made on first need (reference section 1.3). */
export function currentId(): string {
  return recall(NAMED) || randomId(ANONYMOUS);
}

/** The id that is kept under a name, made on first need. */
export function randomId(name: string): string {
  if (!recall(name)) keep(name, nanoid());
  return recall(name)!;
}

/** What pages push for “nobody”: every falsy value, and the words null and nil, also in quotes (reference 3.3). */
export function isNobody(id: unknown): boolean {
  return !id || /^(["']?)(null|nil|)\1$/.test(id as string);
}
