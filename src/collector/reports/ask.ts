import sql, { raw, type Sql } from 'sql-template-tag';
import type { Asked, Days, ReportKind, Reports } from '../../protocol/reports.js';
import { rangeBefore } from './days.js';
import type { Report, Row, Rows, Scope } from './questions/report.js';
import { REPORTS } from './questions/kinds.js';
import { visibleHits, withinDays } from './questions/visible-hits.js';
import { BOT } from './tables.js';

/**
 * Runs a query. In DuckDB all queries of one question see the same state of the data; in ClickHouse each sees the present state.
 */
export type Run = (query: Sql) => Promise<Row[]>;

/** Answers a question, which its schema has validated, by queries to an engine. */
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
    const details = report.details?.(rows, asked, scope) ?? {};
    for (const [name, query] of Object.entries(details)) rows[name] = await run(query);
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

/** The number of people who are left out, because all their hits in the range are those of bots; undefined without `bots`. */
async function botsOf({ bots, from, to }: Asked & Days, scope: Scope, run: Run): Promise<number | undefined> {
  if (bots !== 'exclude') return undefined;
  const hits = (isBot: string): Sql =>
    sql`SELECT h.person FROM ${visibleHits({}, scope)} h WHERE h.agent ${raw(isBot)} ${BOT} AND ${withinDays('h', { from, to }, scope)}`;
  const [people] = await run(sql`
    WITH bots AS (SELECT DISTINCT person FROM (${hits('=')}))
    SELECT count(*) AS people FROM bots
    WHERE person NOT IN (${hits('<>')} AND h.person IN (SELECT person FROM bots))`);
  return people!.people as number;
}
