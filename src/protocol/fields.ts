import { AGE, DATED, HIT_ID, KEY, NAME, PERSON, TIME } from './parameters.js';

const FIELDS = new Set<string>([KEY, PERSON, NAME, TIME, DATED, HIT_ID, AGE]);

/** Whether a parameter of this name says something of the hit itself: no property of a request can have such a name. */
export function isFieldName(name: string): boolean {
  // Most names are longer, and every parameter of every hit is asked for.
  return name.length === 2 && FIELDS.has(name);
}
