import type { ReportKind } from '../../../protocol/reports.js';
import { parseAddress } from '../../store/clickhouse/address.js';
import { withoutData } from '../../store/clickhouse/error-text.js';
import { hasCode, isMissing } from '../../store/clickhouse/error-code.js';
import { Nodes, STATEMENT_TIMEOUT_MS } from '../../store/clickhouse/nodes.js';
import { FIRST_VERSION, versionOf } from '../../store/clickhouse/report-preparation.js';
import type { ReportTableName } from '../../store/clickhouse/report-tables.js';
import { isAboutRights } from '../../store/clickhouse/rights.js';
import { text } from '../../store/clickhouse/sql.js';
import { Tables } from '../../store/clickhouse/tables.js';
import { isLimit, limitIn, overloadOf, Unavailable, withoutHits } from '../../store/clickhouse/unavailable.js';
import { ask, type Run } from '../ask.js';
import { QuestionPlaces } from '../question-places.js';
import { settingsIn, type AllSettings, type SiteSettings } from '../site-settings.js';
import { badQuestion, NoReport, tooSlow, unavailable } from '../no-report.js';
import { checkQuestion } from '../questions/read.js';
import type { ReportEngine } from '../report-engine.js';
import { assertFilled, fillState, type FillState } from './filling.js';
import { QUESTION_SETTINGS, rowsIn, withParameters } from './queries.js';
import { scopeOf } from './scope.js';
import { needsNoSession, QuestionSession } from './session.js';

const MEBIBYTE = 1024 * 1024;

/** How much longer than its time limit the connection of a question is kept. */
const CONNECTION_MORE_MS = 10_000;

export interface ClickHouseReportsOptions {
  /** `clickhouse://…`, the same as for the store. */
  url: string;
  /** MiB of memory and threads for a question; undefined: ClickHouse's defaults. */
  limits: { memory: number | undefined; threads: number | undefined };
  /** Seconds. */
  timeLimit: number;
  settings: AllSettings;
}

/** Reports from ClickHouse. Every collector sends its own questions, and one collector fills the tables. */
export class ClickHouseReports implements ReportEngine {
  private readonly nodes: Nodes;
  private readonly tables: Tables;
  private readonly places: QuestionPlaces;
  private readonly closing = new AbortController();
  private readonly settings: (key: string) => SiteSettings;
  private readonly isSpread: boolean;
  /** Whether the version of ClickHouse is known to support reports. */
  private isEnough = false;

  /** @throws Error for an invalid address */
  constructor(private readonly options: ClickHouseReportsOptions) {
    const address = parseAddress(options.url);
    // ClickHouse sends nothing while it calculates. So the connection is kept for longer than a question may take.
    this.nodes = new Nodes(address, Math.max(STATEMENT_TIMEOUT_MS, options.timeLimit * 1000 + CONNECTION_MORE_MS));
    this.tables = new Tables(address);
    this.isSpread = address.cluster !== undefined;
    this.places = new QuestionPlaces(options.timeLimit);
    this.settings = settingsIn(options.settings);
  }

  async ask(kind: ReportKind, key: string, asked: unknown, signal: AbortSignal): Promise<Uint8Array> {
    const checked = checkQuestion(kind, asked);
    if ('bad' in checked) throw badQuestion(checked.bad);
    const { timeLimit } = this.options;
    await this.places.take(signal);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(tooSlow(timeLimit)), timeLimit * 1000);
    const ended = AbortSignal.any([signal, this.closing.signal, late.signal]);
    try {
      // Asked again if somebody was removed meanwhile, by any collector: no answer may contain a person after the answer to their
      // removal.
      for (let state = await this.state(key, ended); ;) {
        const answer = await this.answer(kind, key, checked.question, state, ended);
        const now = await this.state(key, ended);
        if (now.removal === state.removal) return answer;
        state = now;
      }
    } catch (error) {
      ended.throwIfAborted();
      throw this.problemOf(error);
    } finally {
      clearTimeout(timer);
      this.places.giveBack();
    }
  }

  /** Whether there are hits of a site. @throws Error if the database has no tables of kmq */
  async hasSite(key: string): Promise<boolean> {
    return (await this.sites(`WHERE site = ${text(key)} LIMIT 1`)).length > 0;
  }

  /** The keys of all sites that have hits, the oldest site first. @throws Error as `hasSite` */
  keys(): Promise<string[]> {
    return this.sites('GROUP BY site ORDER BY minMerge(began)');
  }

  async close(): Promise<void> {
    this.closing.abort(unavailable('The collector is stopping.'));
    await this.nodes.close();
  }

  private async sites(which: string): Promise<string[]> {
    try {
      const rows = await this.nodes.rows<{ site: string }>(
        `SELECT site FROM ${this.tables.all('identities')} ${which}`,
      );
      return rows.map(({ site }) => site);
    } catch (error) {
      throw isMissing(error) ? withoutHits(this.tables.database, error) : this.problemOf(error);
    }
  }

  private async answer(
    kind: ReportKind,
    key: string,
    question: object,
    state: FillState,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    // The temporary tables of a session are on one node only.
    if (this.isSpread) return this.answerBy(undefined, kind, key, question, state, signal);
    const session = new QuestionSession(this.nodes, this.querySettings, signal);
    try {
      return await this.answerBy(session, kind, key, question, state, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!needsNoSession(error)) throw error;
      return await this.answerBy(undefined, kind, key, question, state, signal);
    } finally {
      void session.end();
    }
  }

  private async answerBy(
    session: QuestionSession | undefined,
    kind: ReportKind,
    key: string,
    question: object,
    state: FillState,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const site = { key, settings: this.settings(key), asOf: state.as_of, hasMerges: state.merges > 0 };
    const tableName = (name: ReportTableName): string => this.tables.all(name);
    const scope = scopeOf({ ...site, tableName, keep: session?.keep }, question);
    const run: Run = async (query) => {
      return session
        ? session.run(query)
        : rowsIn(await this.nodes.ask({ ...withParameters(query), settings: this.querySettings, signal }));
    };
    return Buffer.from(JSON.stringify(await ask(kind, question as never, scope, run)));
  }

  /** @throws NoReport if hits are not in the tables yet, or if this version of ClickHouse has no reports */
  private async state(key: string, signal: AbortSignal): Promise<FillState> {
    await this.checkVersion();
    signal.throwIfAborted();
    const state = await fillState(this.nodes, this.tables, key);
    assertFilled(state);
    return state;
  }

  /** The version may change with a restart of ClickHouse, but only upwards: an older server could not read the tables. */
  private async checkVersion(): Promise<void> {
    if (this.isEnough) return;
    const { version, isEnough } = await versionOf(this.nodes);
    this.isEnough = isEnough;
    if (isEnough) return;
    const error = `Reports need ClickHouse ${FIRST_VERSION} or later, and this one is ${version}. Hits are kept all the same.`;
    throw new NoReport(501, { error, code: 'no_reports', member: '' });
  }

  private get querySettings(): Record<string, string | number> {
    const { limits, timeLimit } = this.options;
    return {
      ...QUESTION_SETTINGS,
      max_execution_time: timeLimit,
      ...(limits.memory !== undefined && { max_memory_usage: String(limits.memory * MEBIBYTE) }),
      ...(limits.threads !== undefined && { max_threads: limits.threads }),
      // `global`, since questions do not join by the sharding key.
      ...(this.isSpread && { distributed_product_mode: 'global' }),
    };
  }

  private problemOf(error: unknown): unknown {
    if (error instanceof Unavailable) return unavailable(error.message);
    if (isMissing(error))
      return unavailable(
        'A table of reports is missing: somebody has dropped it. A collector makes it again, and fills it.',
      );
    // Not a temporary problem: kmq report would wait for its end.
    if (isAboutRights(error))
      return new NoReport(501, { error: (error as Error).message, code: 'no_reports', member: '' });
    if (hasCode(error, 'TIMEOUT_EXCEEDED')) return tooSlow(this.options.timeLimit);
    // Not temporary either: the same question would be refused again.
    if (hasCode(error, 'MEMORY_LIMIT_EXCEEDED'))
      return tooLarge('The report needs more memory than ClickHouse allows: ask for fewer days.');
    if (isLimit(error))
      return tooLarge(
        `The report needs more than ClickHouse allows its user (${limitIn(error as Error)}) Ask for fewer days, or raise this limit.`,
      );
    const overload = overloadOf(error);
    // It is logged, and a question may contain an identity.
    return overload ? unavailable(overload.message) : withoutData(error);
  }
}

function tooLarge(error: string): NoReport {
  return new NoReport(504, { error, code: 'too_slow', member: '' });
}
