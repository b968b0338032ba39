import type { AcceptedHit } from '../../../protocol/interpret.js';
import type { StoredReason } from '../../../protocol/reasons.js';

type Properties = AcceptedHit['properties'];

const isText = (value: unknown): value is string => typeof value === 'string';

/**
 * The properties in their JSON column; undefined if a disk or a person has damaged it.
 * @param textOf returns the text of a name or a value, which the column may contain as a number
 */
export function propertiesIn(
  column: unknown,
  textOf: (value: unknown) => unknown = (value) => value,
): Properties | undefined {
  const value = parsed(column);
  if (!Array.isArray(value)) return undefined;
  const properties: Properties = [];
  for (const pair of value as unknown[]) {
    if (!Array.isArray(pair) || pair.length !== 2) return undefined;
    const [property, said] = [textOf(pair[0]), textOf(pair[1])];
    if (!isText(property) || !isText(said)) return undefined;
    properties.push([property, said]);
  }
  return properties;
}

/** The warnings in their column, JSON or null. Damaged warnings are replaced by one warning: the hit itself is still valid. */
export function warningsIn(column: unknown): StoredReason[] {
  if (column === null || column === '') return [];
  const value = parsed(column);
  const isReason = (reason: unknown): boolean => isText(reason) || (Array.isArray(reason) && reason.every(isText));
  return Array.isArray(value) && value.every(isReason) ? (value as StoredReason[]) : [['damaged-hit']];
}

function parsed(column: unknown): unknown {
  if (!isText(column)) return undefined;
  try {
    return JSON.parse(column);
  } catch {
    return undefined;
  }
}
