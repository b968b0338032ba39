import { stringify } from 'csv-stringify/sync';
import type { Days, PeopleAnswer, ReportKind, Reports } from '../../../protocol/reports.js';
import type { SheetRow } from './rows.js';
import { headerOf, rowsOf } from './sheets.js';

/** Excel takes a file for UTF-8 only where it begins with this. */
const BYTE_ORDER_MARK = '\uFEFF';

/** Asks the engine one question. */
export type Ask = (question: unknown) => Promise<Uint8Array>;

/** People of one question; the list is asked for in so many of them. */
const PAGE = 1000;

/**
 * A report as CSV, UTF-8. Of people all are in it, however many, from page to page.
 * @returns once the first answer is there: until then an error is one of the question
 */
export async function csvOf<K extends ReportKind>(
  kind: K,
  question: Reports[K]['question'],
  ask: Ask,
): Promise<AsyncIterable<string>> {
  const isWhole = kind === 'people';
  const asked = isWhole ? { ...question, limit: PAGE, after: undefined } : question;
  const first = await answerTo<K>(asked, ask);
  return (async function* () {
    yield csvText([headerOf(kind, question), ...rowsOf(kind, question, first)], true);
    for (let next = isWhole ? (first as PeopleAnswer).next : null; next !== null;) {
      const page = await answerTo<K>({ ...asked, after: next }, ask);
      yield csvText(rowsOf(kind, question, page), false);
      ({ next } = page as PeopleAnswer);
    }
  })();
}

/** `trend-2026-01-01-to-2026-01-31.csv`: the kind and the days, where it is about some. */
export function csvName(kind: ReportKind, { from, to }: Days): string {
  return `${[kind, from, from !== undefined && to !== undefined ? 'to' : undefined, to].filter(Boolean).join('-')}.csv`;
}

async function answerTo<K extends ReportKind>(question: unknown, ask: Ask): Promise<Reports[K]['answer']> {
  return JSON.parse(new TextDecoder().decode(await ask(question))) as Reports[K]['answer'];
}

/** Values are texts, also those that are added up. A spreadsheet reads this one as the number that it is, and as nothing else. */
const NEGATIVE_NUMBER = /^-(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Rows as RFC 4180 has them. No text of a visitor's is a formula, and numbers stay numbers.
 * @param isFirst whether the file begins with them
 */
export function csvText(rows: SheetRow[], isFirst: boolean): string {
  const string = (text: string) => (NEGATIVE_NUMBER.test(text) ? { value: text, escape_formulas: false } : text);
  const lines = stringify(rows, { record_delimiter: 'windows', escape_formulas: true, cast: { string } });
  return (isFirst ? BYTE_ORDER_MARK : '') + lines;
}
