import { isMissing } from '../../store/clickhouse/error-code.js';
import { NONE_RUNS_AFTER_MS } from '../../store/clickhouse/filler-election.js';
import type { Nodes } from '../../store/clickhouse/nodes.js';
import { text } from '../../store/clickhouse/sql.js';
import type { Tables } from '../../store/clickhouse/tables.js';
import { building, unavailable } from '../no-report.js';

/** The state of the tables of reports. */
export interface FillState {
  /** The tables contain the hits up to this time, Unix seconds; 0 until they contain all hits of an existing store. */
  as_of: number;
  /** The part of the hits of an existing store that the tables contain, from 0 to 1. */
  progress: number;
  /** 1 if a collector fills the tables, else 0. */
  filled: number;
  /** The time of the last removal, Unix microseconds. */
  removal: number;
  /** 1 if there are merges that are not written into the rows of the site yet, else 0. */
  merges: number;
}

/** @returns undefined if the tables do not exist */
export async function fillState(nodes: Nodes, tables: Tables, key: string): Promise<FillState | undefined> {
  try {
    const [state] = await nodes.rows<FillState>(`
      SELECT max(as_of) AS as_of, max(progress) AS progress,
        max(at) > toUnixTimestamp64Milli(now64(3)) - ${NONE_RUNS_AFTER_MS} AS filled,
        (SELECT max(removal) FROM ${tables.all('report_removals')}) AS removal,
        (SELECT count() FROM (SELECT 1 FROM ${tables.all('report_merges')} WHERE site = ${text(key)} LIMIT 1)) AS merges
      FROM ${tables.all('report_fillers')}`);
    return state;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** @throws NoReport if hits of an existing store are not in the tables yet */
export function assertFilled(state: FillState | undefined): asserts state is FillState {
  if (state?.as_of) return;
  if (state && !state.filled)
    throw unavailable(
      'Reports wait for a collector of this version, which copies the hits into them: none has announced itself on this ClickHouse in the last minute. Start kmq serve with this ClickHouse as its store, or look at the log of kmq serve.',
    );
  // If the tables do not exist, the first collector is creating them.
  throw building(state?.progress ?? 0);
}
