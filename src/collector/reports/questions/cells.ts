import type { ReportKind, Reports } from '../../../protocol/reports.js';
import { check } from './check.js';
import type { Report, Scope } from './report.js';
import type { Sql } from 'sql-template-tag';

/** Cells are opaque for clients. They are validated like a question, since anyone can make one. */

/** Kinds of reports whose numbers have cells. */
export type CountedKind = Exclude<ReportKind, 'people'>;
export type CountedReports = { [K in CountedKind]: Report<K> };

/** The cell of the people behind a number. @param place which number of the answer it is */
export function cellOf<K extends CountedKind>(kind: K, question: Reports[K]['question'], place: unknown): string {
  const asked = { ...question, compare: undefined };
  return Buffer.from(JSON.stringify({ kind, question: asked, place })).toString('base64url');
}

/**
 * @returns the people, as a query with one column `person`, and whether bots are among them; undefined for an invalid cell
 */
export function readCell(
  cell: string,
  reports: CountedReports,
): { bots: 'exclude' | undefined; people: (scope: Scope) => Sql } | undefined {
  let read: { kind?: unknown; question?: unknown; place?: unknown } | null;
  try {
    read = JSON.parse(Buffer.from(cell, 'base64url').toString()) as typeof read;
  } catch {
    return undefined;
  }
  const kind = Object.keys(reports).find((known) => known === read?.kind) as CountedKind | undefined;
  return kind && cellIn(reports[kind] as Report<CountedKind>, read!.question, read!.place);
}

function cellIn(
  { question: schema, place: places, peopleOf }: Report<CountedKind>,
  asked: unknown,
  placed: unknown,
): ReturnType<typeof readCell> {
  const checked = check(schema, asked);
  const place = places?.safeParse(placed);
  if ('bad' in checked || !place?.success || !peopleOf) return undefined;
  const { question } = checked;
  return { bots: question.bots, people: (scope) => peopleOf(question, place.data, scope) };
}
