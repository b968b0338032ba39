import type { Days, PeopleAnswer, Range, ReportKind, Reports } from '../../../protocol/reports.js';
import { csvText } from './cells.js';
import { CSV_TABLES, type CsvTable } from './tables.js';

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
    yield csvText([header(kind, question), ...rows(kind, question, first)], true);
    for (let next = isWhole ? (first as PeopleAnswer).next : null; next !== null;) {
      const page = await answerTo<K>({ ...asked, after: next }, ask);
      yield csvText(rows(kind, question, page), false);
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

function header<K extends ReportKind>(kind: K, question: Reports[K]['question']): string[] {
  const table: CsvTable<K> = CSV_TABLES[kind];
  return [...(isCompared(question) ? ['from', 'to'] : []), ...table.header(question)];
}

/** With a comparison both ranges stand in front of each row. */
function rows<K extends ReportKind>(
  kind: K,
  question: Reports[K]['question'],
  answer: Reports[K]['answer'],
): (string | number | null)[][] {
  const table: CsvTable<K> = CSV_TABLES[kind];
  if (!isCompared(question)) return table.rows(answer, question);
  const { before } = answer as { before?: Range };
  const of = (part: object, { from, to }: Range) =>
    table.rows(part as never, question).map((row) => [from, to, ...row]);
  return [...of(answer, question), ...(before ? of(before, before) : [])];
}

function isCompared(question: object): question is Range {
  return (question as { compare?: boolean }).compare === true;
}
