import { stringify } from 'csv-stringify/sync';
import type { Days, PeopleAnswer, Range, ReportKind, Reports } from '../../../protocol/reports.js';
import type { SheetRow } from './rows.js';
import { headerOf, nowRowsOf, rangeRowsOf } from './sheets.js';

/** Excel reads a file as UTF-8 only if it begins with this. */
const BYTE_ORDER_MARK = '\uFEFF';

/** Asks the engine one question. */
export type Ask = (question: unknown) => Promise<Uint8Array>;

/** How many people one question asks for; the list is read in such pages. */
const PAGE = 1000;

/**
 * A report as CSV, UTF-8. For people it contains the whole list.
 * @returns when the first answer is there, so that an error of the question is thrown before
 */
export async function csvOf<K extends ReportKind>(
  kind: K,
  question: Reports[K]['question'],
  ask: Ask,
): Promise<AsyncIterable<string>> {
  const { parts, now } = await partsOf(kind, question, ask);
  return (async function* () {
    yield csvText([headerOf(kind, question)], true);
    for await (const rows of parts) yield csvText(rows, false);
    yield csvText(now, false);
  })();
}

/**
 * The answers to several questions of one kind as one CSV. Each row begins with the days of its question. The columns are those of
 * the first question.
 * @returns when the first answer to each question is there, so that an error of a question is thrown before
 */
export async function csvOfSeveral<K extends ReportKind>(
  kind: K,
  questions: Reports[K]['question'][],
  ask: Ask,
): Promise<AsyncIterable<string>> {
  const reports: ({ range: Range } & Parts)[] = [];
  for (const question of questions) reports.push({ range: question as Range, ...(await partsOf(kind, question, ask)) });
  return (async function* () {
    yield csvText([['from', 'to', ...headerOf(kind, questions[0]!)]], true);
    for (const { range, parts } of reports)
      for await (const rows of parts)
        yield csvText(
          rows.map((row) => [range.from, range.to, ...row]),
          false,
        );
    // The present is the same in all answers.
    yield csvText(
      reports[0]!.now.map((row) => [null, null, ...row]),
      false,
    );
  })();
}

interface Parts {
  /** The rows of the range, in pieces. */
  parts: AsyncIterable<SheetRow[]>;
  /** The rows about the present. */
  now: SheetRow[];
}

/**
 * The rows of a report. A list of people is read to its end, page by page.
 * @returns when the first answer is there
 */
async function partsOf<K extends ReportKind>(kind: K, question: Reports[K]['question'], ask: Ask): Promise<Parts> {
  const isWhole = kind === 'people';
  const asked = isWhole ? { ...question, limit: PAGE, after: undefined } : question;
  const first = await answerTo<K>(asked, ask);
  const parts = (async function* () {
    yield rangeRowsOf(kind, question, first);
    for (let next = isWhole ? (first as PeopleAnswer).next : null; next !== null;) {
      const page = await answerTo<K>({ ...asked, after: next }, ask);
      yield rangeRowsOf(kind, question, page);
      ({ next } = page as PeopleAnswer);
    }
  })();
  return { parts, now: nowRowsOf(kind, question, first) };
}

/** `trend-2026-01-01-to-2026-01-31.csv`: the kind, and the days if the question has days. */
export function csvName(kind: ReportKind, { from, to }: Days): string {
  return `${[kind, from, from !== undefined && to !== undefined ? 'to' : undefined, to].filter(Boolean).join('-')}.csv`;
}

async function answerTo<K extends ReportKind>(question: unknown, ask: Ask): Promise<Reports[K]['answer']> {
  return JSON.parse(new TextDecoder().decode(await ask(question))) as Reports[K]['answer'];
}

/** A negative number. It is no formula for a spreadsheet, although it begins with `-`. */
const NEGATIVE_NUMBER = /^-(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** Spreadsheets end a row at any of these, not only at both together. */
const LINE_END = /[\r\n]/;

/**
 * Rows by RFC 4180. Texts of visitors are changed so that no spreadsheet reads them as formulas; numbers stay numbers.
 * @param isFirst whether the file begins with these rows
 */
export function csvText(rows: SheetRow[], isFirst: boolean): string {
  const string = (text: string) => {
    if (NEGATIVE_NUMBER.test(text)) return { value: text, escape_formulas: false };
    // csv-stringify knows the other letters with which a formula may begin.
    return text.startsWith('\n') ? `'${text}` : text;
  };
  const lines = stringify(rows, {
    record_delimiter: 'windows',
    quoted_match: LINE_END,
    escape_formulas: true,
    cast: { string },
  });
  return (isFirst ? BYTE_ORDER_MARK : '') + lines;
}
