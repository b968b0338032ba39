import type { Rules } from '../protocol/interpret.js';
import { HIT_ID, NAME, PERSON, TIME } from '../protocol/parameters.js';
import { ALIAS, rawField, rawProperties, rawText } from '../protocol/raw-format.js';
import { sentenceOf, type Reason } from '../protocol/reasons.js';
import { readObject, type LineObject } from './json.js';
import { hitsOf, type LineReader, type Outcome } from './record.js';

/**
 * The original's raw export and JSON import, and kmq's own raw export (docs/reference.md#8.6): one object per line, with `_p`,
 * `_t` in Unix seconds, `_n` for an event, `_p2` for an alias, and the properties as further members. A line that is not valid
 * JSON is read leniently.
 */
export function rawReader(key: string, received: () => number, rules: Rules): LineReader {
  return ({ text }) => {
    const line = readObject(text);
    return typeof line === 'string' ? { reason: line } : read(line, key, received(), rules);
  };
}

function read({ members, repaired, isDamaged }: LineObject, key: string, received: number, rules: Rules): Outcome {
  const isDamagedField = (name: string): boolean => [members[name]].flat().some((text) => isDamaged(String(text)));
  const damaged = repaired ? [PERSON, ALIAS].find(isDamagedField) : undefined;
  if (damaged !== undefined) return { reason: sentenceOf(['damaged-escapes', damaged]) };
  const properties: [string, string][] = [];
  const warnings: Reason[] = [];
  for (const [name, value] of rawProperties(members)) {
    const text = rawText(value);
    if (text === undefined) {
      warnings.push(['nested-property', name.slice(0, 40)]);
      continue;
    }
    if (repaired && (isDamaged(name) || isDamaged(text))) warnings.push(['damaged-property', name.slice(0, 40)]);
    properties.push([name, text]);
  }
  const telling = {
    person: rawField(members, PERSON) ?? '',
    time: rawField(members, TIME) ?? '',
    event: rawField(members, NAME),
    alias: rawField(members, ALIAS),
    id: rawField(members, HIT_ID),
    properties,
    warnings,
    repaired,
  };
  return hitsOf(telling, key, received, rules);
}
