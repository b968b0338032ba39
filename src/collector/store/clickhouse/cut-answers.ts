import { parseError } from '@clickhouse/client';
import { shortened } from './proxy-page.js';

// This file reads what follows the status 200. ClickHouse sends this status before it has calculated everything. So an error can
// come later: as a member of the JSON, as text after it, or between lines `__exception__`
// (https://github.com/ClickHouse/clickhouse-js/issues/332). With the setting send_progress_in_http_headers that is possible for
// every statement (https://github.com/ClickHouse/ClickHouse/issues/33205). And something between kmq and ClickHouse may end an
// answer too early, or may answer by itself.

/** An answer in the format JSONCompact, which is one JSON text, so that a missing end is noticed wherever it is. */
export interface CompactAnswer {
  meta: { name: string; type: string }[];
  /** Values in the order of the columns. */
  data: unknown[][];
}

/** An error as ClickHouse writes it, not as a part of a text that somebody has sent: such a text follows a quote. */
const SAID = /(?<=^|[\s[\]},])Code: \d+(?:\.|, e\.displayText\(\) =) DB::Exception: .*$/s;
/** The most characters at the end of an answer in which an error is looked for. */
const MOST_OF_AN_ERROR = 20_000;

/** @throws ClickHouseError if the answer has an error beside its rows; Error if it is not whole, or is not one of ClickHouse */
export function wholeAnswer(answer: string): CompactAnswer {
  let read: Partial<CompactAnswer> & { exception?: string };
  try {
    read = JSON.parse(answer) as typeof read;
  } catch (error) {
    throw errorIn(answer) ?? new Error(whyNoJson(answer), { cause: error });
  }
  if (read?.exception !== undefined) throw parseError(read.exception);
  const { meta, data } = read ?? {};
  if (!meta || !data) throw new Error(whyNoJson(answer));
  return { meta, data };
}

/** Each row as an object, by the names of its columns. */
export function objectsIn<Row>({ meta, data }: CompactAnswer): Row[] {
  return data.map((values) => Object.fromEntries(meta.map(({ name }, column) => [name, values[column]])) as Row);
}

/** For a statement that has no rows. @throws ClickHouseError if the answer is an error; Error if it is not one of ClickHouse */
export function assertDone(answer: string): void {
  if (answer.trim() !== '') throw errorIn(answer) ?? new Error(`it answers: ${shortened(answer)}`);
}

function errorIn(answer: string): Error | undefined {
  const [said] = SAID.exec(answer.slice(-MOST_OF_AN_ERROR)) ?? [];
  return said === undefined ? undefined : parseError(said);
}

const whyNoJson = (answer: string): string =>
  answer.trim() === '' || answer.startsWith('{') ? 'its answer ends too early' : `it answers: ${shortened(answer)}`;
