import type { AcceptedHit } from '../../../protocol/interpret.js';
import type { StoredReason } from '../../../protocol/reasons.js';

type Properties = AcceptedHit['properties'];

const isText = (value: unknown): value is string => typeof value === 'string';

/**
 * The properties in their column, JSON; undefined where a disk or somebody's hand has damaged it.
 * @param textOf what stands for a name or a value in the column, as its text
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

/** The warnings in their column, JSON or nothing. Of damaged ones that alone is known: the hit is no worse for it. */
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
