import { DEFAULT_RULES, type Rules } from '../protocol/interpret.js';
import { csvReader, isCsvHeading } from './csv-format.js';
import { csvRows } from './csv-rows.js';
import { isHeading, kmqReader } from './kmq-format.js';
import type { Line } from './lines.js';
import { parseObject } from './json.js';
import { rawReader } from './raw-format.js';
import type { LineReader } from './record.js';

export const FORMATS = ['kmq', 'raw', 'csv'] as const;

export type Format = (typeof FORMATS)[number];

/**
 * Recognises the format by the first line that is not empty.
 * @throws Error for a line of no known format or version
 */
export function recognise(line: Line): Format {
  if (/^[\s\uFEFF]*\{/.test(line.text)) {
    const members = parseObject(line.text);
    if (typeof members !== 'string' && (isHeading(members) || isKmqHit(members))) return 'kmq';
    return 'raw';
  }
  if (!line.fault && isCsvHeading(line)) return 'csv';
  throw new Error(`${NO_FORMAT}${line.fault === undefined ? '' : ` ${line.fault}`}`);
}

const NO_FORMAT = 'The first line is neither JSON nor names the columns of a CSV file, Identity and Timestamp.';

/** In an export that was split into parts, only the first part has the heading. */
function isKmqHit(members: Record<string, unknown>): boolean {
  return ['key', 'person', 'kind', 'received'].every((name) => Object.hasOwn(members, name));
}

/**
 * The reader of a format.
 * @param rules of the sites of the hits
 * @throws Error if there is no key and the format contains none
 */
export function readerOf(
  format: Format,
  key: string | undefined,
  received: () => number,
  rules: Rules = DEFAULT_RULES,
): LineReader {
  if (format === 'kmq') return kmqReader(key, rules);
  if (key === undefined) throw new Error('These lines do not name their site: name it with --key.');
  return format === 'raw' ? rawReader(key, received, rules) : csvReader(key, received, rules);
}

/** The records of a format: one per line, except in CSV, where a record may have several lines. */
export function recordsOf(format: Format, lines: AsyncIterable<Line[]>): AsyncIterable<Line[]> {
  return format === 'csv' ? csvRows(lines) : lines;
}
