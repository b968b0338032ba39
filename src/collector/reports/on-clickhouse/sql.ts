import { parseAddress } from '../../store/clickhouse/address.js';
import { isMissing } from '../../store/clickhouse/error-code.js';
import { Nodes } from '../../store/clickhouse/nodes.js';
import { FIRST_VERSION, versionOf } from '../../store/clickhouse/report-preparation.js';
import { VALUE_COLUMNS } from '../../store/clickhouse/report-tables.js';
import { text } from '../../store/clickhouse/sql.js';
import { Tables } from '../../store/clickhouse/tables.js';
import { overloadOf, withoutHits } from '../../store/clickhouse/unavailable.js';
import { BOT } from '../tables.js';
import { assertFilled, fillState } from './filling.js';
import { READ_ONLY, readerOf } from './queries.js';

const MEBIBYTE = 1024 * 1024;

export interface SqlAnswer {
  /** The version of ClickHouse. */
  version: string;
  columns: string[];
  /** Integers beyond 2^53 and decimals of more than 15 digits are texts; in tuples, all 64-bit integers and decimals are. */
  rows: unknown[][];
}

/** How long a statement may take: ClickHouse sends nothing meanwhile, and after this time its connection counts as broken. */
const TIMEOUT_MS = 3_600_000;

export interface SqlLimits {
  reportMemory?: number | undefined;
  reportThreads?: number | undefined;
}

/**
 * An owner's own SQL about a site whose hits are in ClickHouse. It has the tables `events`, `people` and `identities` of the site.
 * It cannot write, but it can read all that the user of ClickHouse may read.
 */
export class ClickHouseSql {
  private readonly nodes: Nodes;
  private readonly tables: Tables;

  /** @throws Error for an invalid address */
  constructor(
    url: string,
    private readonly limits: SqlLimits,
  ) {
    const address = parseAddress(url);
    this.nodes = new Nodes(address, TIMEOUT_MS);
    this.tables = new Tables(address);
  }

  /**
   * @param asked one statement
   * @throws NoReport while the hits of an existing store are being copied into reports: numbers would be too small
   * @throws Error with ClickHouse's own message
   */
  async ask(key: string, asked: string): Promise<SqlAnswer> {
    const { version, isEnough } = await versionOf(this.nodes);
    if (!isEnough) throw new Error(`SQL needs ClickHouse ${FIRST_VERSION} or later, and this one is ${version}.`);
    const state = await fillState(this.nodes, this.tables, key);
    // Without any tables of kmq, ClickHouse says below what is missing.
    if (state || (await this.hasHits())) assertFilled(state);
    const { reportMemory, reportThreads } = this.limits;
    const answered = this.nodes.ask({
      query: withTables(asked, tablesOf(this.tables, key)),
      parameters: {},
      settings: {
        ...READ_ONLY,
        join_use_nulls: 1,
        output_format_json_quote_64bit_integers: 1,
        output_format_json_quote_decimals: 1,
        ...(this.tables.cluster !== undefined && { distributed_product_mode: 'global' }),
        ...(reportMemory !== undefined && { max_memory_usage: String(reportMemory * MEBIBYTE) }),
        ...(reportThreads !== undefined && { max_threads: reportThreads }),
      },
      // It is never aborted: when the user ends the command, the connection closes, and ClickHouse stops.
      signal: new AbortController().signal,
    });
    const { columns, rows } = await answered.catch(async (error: unknown) => {
      if (isMissing(error) && !(await this.hasHits())) throw withoutHits(this.tables.database, error);
      throw overloadOf(error) ?? error;
    });
    const readers = columns.map(({ type }) => readerOf(type));
    const read = (row: readonly unknown[]): unknown[] => row.map((value, column) => readers[column]!(value));
    return { version, columns: columns.map(({ name }) => name), rows: rows.map(read) };
  }

  close(): Promise<void> {
    return this.nodes.close();
  }

  /** Whether there are tables of hits: a statement may also name a table that does not exist. */
  private async hasHits(): Promise<boolean> {
    const { database } = this.tables;
    const asked = `SELECT 1 AS one FROM system.tables WHERE database = ${text(database)} AND name = 'identities'`;
    return (await this.nodes.rows(asked)).length > 0;
  }
}

/** Adds the tables to the WITH of a statement, which may have other tables in it. */
function withTables(asked: string, tables: string): string {
  const [, before, own] = /^((?:\s|--.*\n|\/\*[\s\S]*?\*\/)*)(?:WITH\s+)?([\s\S]*)$/i.exec(asked)!;
  const hasOwn = asked.length > before!.length + own!.length;
  return `WITH ${tables}${hasOwn ? ', ' : ' '}${own!.replace(/;\s*$/, '')}`;
}

function tablesOf(tables: Tables, key: string): string {
  const site = text(key);
  const merge = (label: string): string =>
    `LEFT JOIN (SELECT person, min("into") AS "into" FROM ${tables.all('report_merges')} WHERE site = ${site} GROUP BY person) m ON m.person = ${label}`;
  const identities = `
    SELECT i.name AS identity, coalesce(p.person, i.identity) AS person, i.identity AS number, i.began AS began
    FROM (SELECT identity, any(name) AS name, min(began) AS began FROM ${tables.all('report_identities')} WHERE site = ${site} GROUP BY identity) i
    LEFT JOIN (SELECT identity, min(person) AS person FROM ${tables.all('report_people')} WHERE site = ${site} GROUP BY identity) p
      ON p.identity = i.identity`;
  const names = (kind: number): string =>
    `SELECT folded, argMax(name, version) AS name FROM ${tables.all('report_names')} WHERE site = ${site} AND kind = ${kind} GROUP BY folded`;
  const maps = (part: string): string =>
    `arrayConcat(${VALUE_COLUMNS.map((column) => `${part}(${column})`).join(', ')})`;
  return `
    identities AS (SELECT identity, person FROM (${identities})),
    resolved_hits AS (
      SELECT h.*, coalesce(m."into", h.person) AS whose FROM (
        SELECT identity AS number, person, event AS folded, time AS second, hit, agent, ${maps('mapKeys')} AS keys, ${maps('mapValues')} AS values
        FROM ${tables.all('report_hits')} WHERE site = ${site}) h ${merge('h.person')}),
    events AS (
      SELECT h.whose AS person, i.identity AS identity, e.name AS event, toDateTime(h.second, 'UTC') AS time, h.hit AS hit,
        transform(h.agent, [0, 1, 2], ['browser', 'bot', 'server'], '') AS agent, mapFromArrays(h.keys, h.values) AS properties
      FROM resolved_hits h JOIN (${identities}) i ON i.number = h.number LEFT JOIN (${names(0)}) e ON e.folded = h.folded),
    people AS (
      SELECT s.person AS person, n.first_identity AS identity, n.identities AS identities, s.first_seen AS first_seen,
        s.last_seen AS last_seen, s.events AS events, s.bot AS bot
      FROM (
        SELECT whose AS person, toDateTime(min(second), 'UTC') AS first_seen, toDateTime(max(second), 'UTC') AS last_seen,
          countIf(folded <> '') AS events, min(agent = ${BOT}) AS bot FROM resolved_hits GROUP BY whose) s
      JOIN (SELECT person, argMin(identity, began) AS first_identity, count() AS identities FROM (${identities}) GROUP BY person) n
        ON n.person = s.person)`;
}
