import type { Rules } from '../protocol/interpret.js';
import { HIT_ID, NAME, PERSON, TIME } from '../protocol/parameters.js';
import { ALIAS, rawField, rawProperties, rawText } from '../protocol/raw-format.js';
import type { Reason } from '../protocol/reasons.js';
import { parseObject } from './json.js';
import { hitsOf, type LineReader, type Outcome } from './record.js';

/**
 * The original's raw export and JSON import, and kmq's own raw export (reference section 8.6): an object a line, `_p`,
 * `_t` in Unix seconds, `_n` for an event, `_p2` for an alias, and the properties as further members.
 */
export function rawReader(key: string, received: () => number, rules: Rules): LineReader {
  return ({ text }) => {
    const members = parseObject(text);
    return typeof members === 'string' ? { reason: members } : read(members, key, received(), rules);
  };
}

function read(members: Record<string, unknown>, key: string, received: number, rules: Rules): Outcome {
  const properties: [string, string][] = [];
  const warnings: Reason[] = [];
  for (const [name, value] of rawProperties(members)) {
    const text = rawText(value);
    if (text === undefined) warnings.push(['nested-property', name.slice(0, 40)]);
    else properties.push([name, text]);
  }
  const telling = {
    person: rawField(members, PERSON) ?? '',
    time: rawField(members, TIME) ?? '',
    event: rawField(members, NAME),
    alias: rawField(members, ALIAS),
    id: rawField(members, HIT_ID),
    properties,
    warnings,
  };
  return hitsOf(telling, key, received, rules);
}
