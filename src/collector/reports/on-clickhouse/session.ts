import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import sql, { raw, type Sql } from 'sql-template-tag';
import { hasCode } from '../../store/clickhouse/error-code.js';
import type { Nodes, Question } from '../../store/clickhouse/nodes.js';
import type { Row } from '../questions/report.js';
import { KeptSets } from '../kept-sets.js';
import { rowsIn, withParameters } from './queries.js';

/**
 * A query may still run after its question was aborted. How long `end` waits for this query, and the pauses between its attempts.
 */
const LOCKED_MS = 20_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

/**
 * Whether to ask again without a session: ClickHouse does not have the session or its tables any more, or does not allow temporary
 * tables to this user.
 */
export const needsNoSession = (error: unknown): boolean =>
  hasCode(error, 'READONLY', 'ACCESS_DENIED', 'SESSION_NOT_FOUND', 'SESSION_IS_LOCKED') ||
  // A statement whose answer was lost was sent again; or another node got the query, for example behind a load balancer.
  hasCode(error, 'TABLE_ALREADY_EXISTS', 'UNKNOWN_TABLE');

/**
 * A session of ClickHouse for one question (https://clickhouse.com/docs/interfaces/http#using-clickhouse-sessions-in-the-http-protocol).
 * The people of its filter are a temporary table in memory, which no other session sees. A session that is not used for a minute ends.
 */
export class QuestionSession {
  private readonly id = randomUUID();
  private readonly kept: KeptSets;

  /** @param settings of every query */
  constructor(
    private readonly nodes: Nodes,
    private readonly settings: Question['settings'],
    private readonly signal: AbortSignal,
  ) {
    this.kept = new KeptSets((statement) => nodes.make(this.question(statement)));
  }

  get keep(): (people: Sql) => Sql {
    return this.kept.keep;
  }

  async run(query: Sql): Promise<Row[]> {
    await this.kept.find(this.signal);
    return rowsIn(await this.nodes.ask(this.question(query)));
  }

  /** Frees the memory as soon as no query uses it. If that fails, the session soon ends by itself. */
  async end(): Promise<void> {
    const until = performance.now() + LOCKED_MS;
    for (const table of this.kept.tables) await this.drop(table, until);
  }

  private async drop(table: string, until: number): Promise<void> {
    const statement = this.question(sql`DROP TEMPORARY TABLE IF EXISTS ${raw(table)}`);
    for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(2 * wait, LONGEST_PAUSE_MS)) {
      const error: unknown = await this.nodes.make({ ...statement, signal: undefined }).then(
        () => undefined,
        (error: unknown) => error,
      );
      const isLocked = hasCode(error, 'SESSION_IS_LOCKED');
      if (!isLocked || performance.now() + wait > until) return;
      await pause(wait, undefined, { ref: false });
    }
  }

  private question(statement: Sql): Question {
    const { settings, signal } = this;
    return { ...withParameters(statement), settings, signal, session: this.id };
  }
}
