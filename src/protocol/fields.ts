import { AGE, DATED, HIT_ID, KEY, NAME, PERSON, TIME } from './parameters.js';

const FIELDS = new Set<string>([KEY, PERSON, NAME, TIME, DATED, HIT_ID, AGE]);

/** Whether a parameter of this name is a field of the hit, such as `_p`. No property can have such a name. */
export function isFieldName(name: string): boolean {
  // The length is tested first because this runs for every parameter of every hit, and most names are longer.
  return name.length === 2 && FIELDS.has(name);
}
