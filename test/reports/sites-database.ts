import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import type { ReportKind, Reports } from '../../src/protocol/reports.js';
import { foldName } from '../../src/protocol/text.js';
import { ask, type Run } from '../../src/collector/reports/ask.js';
import { DUCKDB, DUCKDB_TABLES, propertyAt } from '../../src/collector/reports/dialects.js';
import { addFunctions } from '../../src/collector/reports/engine/functions.js';
import { KeptPeople } from '../../src/collector/reports/engine/kept-people.js';
import { reportRowsOf } from '../../src/collector/reports/engine/values.js';
import type { Scope } from '../../src/collector/reports/questions/report.js';
import { checkQuestion } from '../../src/collector/reports/questions/read.js';
import { REPORTS } from '../../src/collector/reports/questions/kinds.js';
import { bitOf, CREATE_TABLES, type PropertyPlace } from '../../src/collector/reports/tables.js';
import type { Site } from './random/history.js';

/** The numbers of a site's rows. Sites share none: otherwise a query that forgets the site could have the right answer. */
const NUMBERS_OF_A_SITE = 1000;

/** One database for all sites of a test, in which earlier sites stay, like other sites of a collector. */
export class SitesDatabase {
  private sites = 0;

  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {}

  static async open(): Promise<SitesDatabase> {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    addFunctions(connection);
    await connection.run(CREATE_TABLES);
    return new SitesDatabase(instance, connection);
  }

  private async insert(table: string, rows: object[], columns: string): Promise<void> {
    if (rows.length === 0) return;
    await this.connection.run(
      `INSERT INTO ${table} BY NAME SELECT ${columns} FROM (SELECT unnest(CAST($1 AS JSON[])) AS r)`,
      [JSON.stringify(rows)],
    );
  }

  /** Writes a site into the tables. */
  async add(site: Site): Promise<AskedSite> {
    const number = ++this.sites;
    const own = (id: number): number => number * NUMBERS_OF_A_SITE + id;
    const events = codes(site.rows.flatMap(({ event }) => (event === null ? [] : [event])));
    const properties = codes(site.rows.flatMap((row) => Object.keys(row.properties)));
    const columnOf = (folded: string): number | undefined => {
      const index = site.columns.indexOf(folded);
      return index < 0 ? undefined : index + 1;
    };
    const places = new Map<string, PropertyPlace>(
      [...properties].map(([folded, { code }]) => [folded, { code: own(code), column: columnOf(folded) }]),
    );
    await this.insert(
      'events',
      [...events].map(([folded, { code, name }]) => ({ site: number, event: own(code), name, folded })),
      columnsOf({ site: 'INT', event: 'INT', name: 'VARCHAR', folded: 'VARCHAR' }),
    );
    await this.insert(
      'properties',
      [...properties].map(([folded, { name }]) => {
        const { code, column } = places.get(folded)!;
        return { site: number, property: code, name, folded, column: column ?? null };
      }),
      columnsOf({ site: 'INT', property: 'INT', name: 'VARCHAR', folded: 'VARCHAR', column: 'TINYINT' }),
    );
    await this.insert(
      'identities',
      site.identities.map(({ identity, name, person }) => ({
        site: number,
        identity: own(identity),
        name,
        person: own(person),
      })),
      columnsOf({ site: 'INT', identity: 'INT', name: 'VARCHAR', person: 'INT' }),
    );
    await this.insert(
      'merges',
      site.merges.map(({ person, into }) => ({ person: own(person), into: own(into) })),
      columnsOf({ person: 'INT', into: 'INT' }),
    );
    const used = site.columns.map((_, index) => `c${index + 1}`);
    await this.insert(
      'hits',
      site.rows.map(({ hit, time, identity, person, event, agent, properties: its }) => {
        const columns: Record<string, string> = {};
        const others: { k: number; v: string }[] = [];
        let carried = 0;
        for (const [name, value] of Object.entries(its)) {
          const { code, column } = places.get(foldName(name))!;
          if (column === undefined) others.push({ k: code, v: value });
          else {
            columns[`c${column}`] = value;
            carried += bitOf(column);
          }
        }
        return {
          ...{
            site: number,
            hit: own(hit),
            time,
            identity: own(identity),
            person: own(person),
            agent,
            carried,
            others,
            ...columns,
          },
          event: event === null ? 0 : own(events.get(foldName(event))!.code),
        };
      }),
      columnsOf({
        ...{
          site: 'INT',
          hit: 'BIGINT',
          time: 'BIGINT',
          identity: 'INT',
          person: 'INT',
          event: 'INT',
          agent: 'TINYINT',
          carried: 'INT',
        },
        ...Object.fromEntries(used.map((column) => [column, 'VARCHAR'])),
      }) + `, map_from_entries(CAST(r->'others' AS STRUCT(k INTEGER, v VARCHAR)[])) AS others`,
    );
    const scope: Omit<Scope, 'keep'> = {
      site: number,
      timeZone: site.world.timeZone,
      domains: site.world.domains ?? [],
      asOf: site.world.asOf,
      hasMerges: site.merges.length > 0,
      eventCode: (name) => {
        const event = events.get(foldName(name));
        return event && own(event.code);
      },
      property: (row, name) => {
        const place = places.get(foldName(name));
        return place && propertyAt(row, place);
      },
      tables: DUCKDB_TABLES,
      dialect: DUCKDB,
    };
    return {
      ask: async (kind, question) => {
        const checked = checkQuestion(kind, question);
        if ('bad' in checked) throw new Error(JSON.stringify(checked.bad));
        // As in the engine, each question has its own connection.
        const connection = await this.instance.connect();
        const kept = new KeptPeople(connection);
        const run: Run = async (query) => {
          await kept.find(new AbortController().signal);
          return reportRowsOf(connection, query);
        };
        const answer = await ask(kind, checked.question, { ...scope, keep: kept.keep }, run);
        connection.closeSync();
        return REPORTS[kind].answer.parse(answer);
      },
    };
  }
}

export interface AskedSite {
  ask<K extends ReportKind>(kind: K, question: Reports[K]['question']): Promise<Reports[K]['answer']>;
}

/** Names by their folded text, each with a code, in the letters of the first hit. */
function codes(names: string[]): Map<string, { code: number; name: string }> {
  const all = new Map<string, { code: number; name: string }>();
  for (const name of names) {
    if (!all.has(foldName(name))) all.set(foldName(name), { code: all.size + 1, name });
  }
  return all;
}

const columnsOf = (types: Record<string, string>): string =>
  Object.entries(types)
    .map(([name, type]) => `CAST(r->>'${name}' AS ${type}) AS "${name}"`)
    .join(', ');
