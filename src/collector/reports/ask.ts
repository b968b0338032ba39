import sql, { type Sql } from 'sql-template-tag';
import type { Asked, Days, ReportKind, Reports } from '../../protocol/reports.js';
import { endOfDay, rangeBefore, startOfDay } from './days.js';
import type { Report, Row, Rows, Scope } from './questions/report.js';
import { REPORTS } from './questions/reports.js';
import { BOT } from './tables.js';

/** Runs a query on one state of the data, the same for all queries of a question. */
export type Run = (query: Sql) => Promise<Row[]>;

/** Puts a question, which its schema has read, to an engine. */
export async function ask<K extends ReportKind>(
  kind: K,
  question: Reports[K]['question'],
  scope: Scope,
  run: Run,
): Promise<Reports[K]['answer']> {
  const report = REPORTS[kind] as Report<K>;
  const answer = async (asked: Reports[K]['question']): Promise<object> => {
    const rows: Rows = {};
    for (const [name, query] of Object.entries(report.queries(asked, scope))) rows[name] = await run(query);
    const excluded = await botsOf(asked, scope, run);
    return { ...report.toAnswer(rows, asked, scope), ...(excluded !== undefined && { excluded: { bots: excluded } }) };
  };
  const now = await answer(question);
  const { compare, from, to } = question as { compare?: boolean; from?: string; to?: string };
  if (!compare || from === undefined || to === undefined) return { asOf: scope.asOf, ...now } as Reports[K]['answer'];
  const range = rangeBefore({ from, to });
  const before = await answer({ ...question, ...range, compare: undefined });
  return { asOf: scope.asOf, ...now, before: { ...range, ...before } } as Reports[K]['answer'];
}

/** How many people are left out for being bots; undefined where the question leaves nobody out. */
async function botsOf(asked: Asked & Days, scope: Scope, run: Run): Promise<number | undefined> {
  if (asked.bots !== 'exclude') return undefined;
  const { timeZone } = scope;
  const from = asked.from === undefined ? sql`` : sql`AND time >= ${startOfDay(asked.from, timeZone)}`;
  const until = asked.to === undefined ? sql`` : sql`AND time < ${endOfDay(asked.to, timeZone)}`;
  const people = await run(sql`
    SELECT count(DISTINCT person) AS people FROM hits WHERE site = ${scope.site} AND agent = ${BOT} ${from} ${until}`);
  return people[0]!.people as number;
}
