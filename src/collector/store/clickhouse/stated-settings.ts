import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import { objectsIn, wholeAnswer } from './cut-answers.js';
import { hasCode } from './error-code.js';
import { text } from './sql.js';

/** What the SQL of kmq expects of every statement. Owners give their users other defaults, and so do some versions. */
const EXPECTED: ClickHouseSettings = {
  // With these, aggregates and columns of tables would be of other types, and rows without a partner would have other values.
  aggregate_functions_null_for_empty: 0,
  data_type_default_nullable: 0,
  group_by_use_nulls: 0,
  join_use_nulls: 0,
  transform_null_in: 0,
  // An aggregate of no rows would have no row.
  empty_result_for_aggregation_by_empty_set: 0,
  // Rows would be missing in answers.
  limit: '0',
  offset: '0',
  skip_unavailable_shards: 0,
  timeout_overflow_mode_leaf: 'throw',
  read_overflow_mode_leaf: 'throw',
  // Answers would be old ones, or errors: many statements read system tables or the clock.
  use_query_cache: 0,
  // An insert must succeed only when all its rows are stored, also those that views derive from them.
  async_insert: 0,
  materialized_views_ignore_errors: 0,
  ignore_materialized_views_with_dropped_target_table: 0,
  input_format_allow_errors_num: '0',
  input_format_allow_errors_ratio: 0,
  // Rows that were removed and arrive again would not be stored again, in tables that remember their latest inserts.
  insert_deduplicate: 0,
  deduplicate_insert: 'disable',
  deduplicate_insert_select: 'disable',
};

/**
 * With `break` or `any`, a limit of the user would make an answer of fewer rows and smaller numbers, without an error
 * (https://clickhouse.com/docs/operations/settings/query-complexity). Every version knows these settings, so the statement that asks for
 * the others has them as well.
 */
export const NO_PARTS_OF_ANSWERS: ClickHouseSettings = {
  read_overflow_mode: 'throw',
  result_overflow_mode: 'throw',
  timeout_overflow_mode: 'throw',
  group_by_overflow_mode: 'throw',
  sort_overflow_mode: 'throw',
  distinct_overflow_mode: 'throw',
  set_overflow_mode: 'throw',
  join_overflow_mode: 'throw',
  transfer_overflow_mode: 'throw',
};

/** Settings that only later versions have. */
export const LATER_SETTINGS = {
  // A join with a small table must read that table first. ClickHouse guesses how many hits a condition leaves, and often guesses far too
  // few: then it would read the hits first, which took seven times as long.
  query_plan_join_swap_table: 'false',
} as const;

const NAMES = [...Object.keys(EXPECTED), ...Object.keys(LATER_SETTINGS)];
/** How many settings a node may refuse. */
export const MOST_REFUSED = NAMES.length;
/** Error 115, also as 18.16 writes it, whose errors the client does not parse. */
const UNKNOWN_SETTING = /^(?:Code: 115, .*?)?Unknown setting '?(\w+)/s;
/** After so long, nodes are asked again: an owner may have granted the right, or updated a node. */
const ASK_AGAIN_MS = 600_000;

/** The settings that statements have. A node refuses a statement with a setting that it does not know, and may have another version by now. */
export class StatedSettings {
  /** For each node, which of the settings above it knows. */
  private readonly known = new Map<number, Promise<readonly string[]>>();
  /** Settings that a node has refused: several nodes may have one address. */
  private readonly refused = new Set<string>();
  private isTold = false;

  /** @param onDenied called once if the user may not ask which settings a node knows */
  constructor(
    private readonly clients: readonly ClickHouseClient[],
    private readonly onDenied: () => void,
  ) {}

  /** Those of every statement on a node. */
  async of(index: number): Promise<ClickHouseSettings> {
    return this.chosen(EXPECTED, await this.knownTo(index));
  }

  /** The settings of a statement, without those that only later versions have and that a node does not know. */
  async without<S extends ClickHouseSettings>(settings: S): Promise<ClickHouseSettings> {
    if (!Object.keys(LATER_SETTINGS).some((name) => name in settings)) return settings;
    // A node passes settings on to others.
    const known = await Promise.all(this.clients.map((_, index) => this.knownTo(index)));
    const all = Object.keys(LATER_SETTINGS).filter((name) => known.every((names) => names.includes(name)));
    return this.chosen(settings, [...Object.keys(settings).filter((name) => !(name in LATER_SETTINGS)), ...all]);
  }

  /** Call it with an error of a statement. @returns whether the statement may succeed now, without the setting that was refused */
  forget(error: unknown): boolean {
    const [, name] = UNKNOWN_SETTING.exec((error as Error).message) ?? [];
    if (name === undefined || !NAMES.includes(name)) return false;
    // Another statement may have been refused at the same time.
    if (!this.refused.has(name)) setTimeout(() => this.askAgain(), ASK_AGAIN_MS).unref();
    this.refused.add(name);
    return true;
  }

  private chosen(settings: ClickHouseSettings, known: readonly string[]): ClickHouseSettings {
    return Object.fromEntries(
      Object.entries(settings).filter(([name]) => known.includes(name) && !this.refused.has(name)),
    );
  }

  private knownTo(index: number): Promise<readonly string[]> {
    const known = this.known.get(index);
    if (known) return known;
    const asked = this.ask(this.clients[index]!);
    this.known.set(index, asked);
    asked.catch(() => this.known.delete(index));
    return asked;
  }

  private async ask(client: ClickHouseClient): Promise<readonly string[]> {
    // One row, and no set, whose size a user may be limited to: this query is without these settings itself.
    const query = `SELECT groupArray(name) AS names FROM system.settings WHERE has([${NAMES.map(text).join()}], name)`;
    try {
      return await this.namesIn(client, query).catch((error: unknown) => {
        // Only versions that know `use_query_cache` say this.
        if (!hasCode(error, 'QUERY_CACHE_USED_WITH_SYSTEM_TABLE')) throw error;
        return this.namesIn(client, query, { use_query_cache: 0 });
      });
    } catch (error) {
      if (!hasCode(error, 'ACCESS_DENIED')) throw error;
      if (!this.isTold) this.onDenied();
      this.isTold = true;
      setTimeout(() => this.askAgain(), ASK_AGAIN_MS).unref();
      return [];
    }
  }

  private async namesIn(client: ClickHouseClient, query: string, settings: ClickHouseSettings = {}): Promise<string[]> {
    const answer = await client.query({ query, format: 'JSONCompact', clickhouse_settings: settings });
    const [row] = objectsIn<{ names: string[] }>(wholeAnswer(await answer.text()));
    // A group without keys has one row, except with the setting `empty_result_for_aggregation_by_empty_set`.
    return row?.names ?? [];
  }

  private askAgain(): void {
    this.known.clear();
    this.refused.clear();
  }
}
