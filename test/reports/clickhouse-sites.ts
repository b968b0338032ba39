import { ask } from '../../src/collector/reports/ask.js';
import { QUESTION_SETTINGS } from '../../src/collector/reports/on-clickhouse/queries.js';
import { scopeOf } from '../../src/collector/reports/on-clickhouse/scope.js';
import { QuestionSession } from '../../src/collector/reports/on-clickhouse/session.js';
import { checkQuestion } from '../../src/collector/reports/questions/read.js';
import { REPORTS } from '../../src/collector/reports/questions/kinds.js';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { foldedName } from '../../src/collector/store/clickhouse/letters.js';
import { prepareTables } from '../../src/collector/store/clickhouse/migration.js';
import { Nodes } from '../../src/collector/store/clickhouse/nodes.js';
import { columnOf, type ReportTableName } from '../../src/collector/store/clickhouse/report-tables.js';
import { prepareReportTables } from '../../src/collector/store/clickhouse/report-preparation.js';
import { Tables } from '../../src/collector/store/clickhouse/tables.js';
import type { Site } from './random/history.js';
import type { AskedSite } from './sites-database.js';

/** Like `SitesDatabase`, in the tables of a ClickHouse. */
export class ClickHouseSites {
  private sites = 0;

  private constructor(
    private readonly nodes: Nodes,
    private readonly tables: Tables,
  ) {}

  /** @param url of its own database */
  static async open(url: string): Promise<ClickHouseSites> {
    const address = parseAddress(url);
    const nodes = new Nodes(address);
    const tables = new Tables(address);
    await prepareTables(nodes, tables);
    await prepareReportTables(nodes, tables);
    return new ClickHouseSites(nodes, tables);
  }

  private async insert(table: ReportTableName, rows: object[]): Promise<void> {
    if (!rows.length) return;
    const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].map((name) => `"${name}"`);
    await this.nodes.insert(this.tables.local(table), columns.join(', '), lines);
  }

  /** Writes a site into the tables. */
  async add(site: Site): Promise<AskedSite> {
    const key = `site ${++this.sites}`;
    const names = new Map<string, object>();
    const note = (kind: number, name: string): void => {
      const folded = foldedName(name);
      names.set(`${kind} ${folded}`, names.get(`${kind} ${folded}`) ?? { site: key, kind, folded, name, version: 1 });
    };
    for (const { event, properties } of site.rows) {
      if (event !== null) note(0, event);
      for (const name of Object.keys(properties)) note(1, name);
    }
    await this.insert('report_names', [...names.values()]);
    await this.insert(
      'report_identities',
      site.identities.map(({ identity, name }) => ({ site: key, identity, name, began: identity })),
    );
    await this.insert(
      'report_people',
      site.identities
        .filter(({ identity, person }) => identity !== person)
        .map(({ identity, person }) => ({ site: key, identity, person })),
    );
    await this.insert(
      'report_merges',
      site.merges.map(({ person, into }) => ({ site: key, person, into })),
    );
    await this.insert(
      'report_hits',
      site.rows.map(({ hit, time, identity, person, event, agent, properties }) => {
        const columns: Record<string, Record<string, string>> = {};
        for (const [name, value] of Object.entries(properties)) {
          const folded = foldedName(name);
          const values = (columns[columnOf(folded)] ??= Object.create(null) as Record<string, string>);
          Object.defineProperty(values, folded, { value, enumerable: true });
        }
        return {
          site: key,
          hit,
          time,
          identity,
          person,
          agent,
          event: event === null ? '' : foldedName(event),
          ...columns,
        };
      }),
    );
    const { timeZone, domains = [], asOf } = site.world;
    return {
      ask: async (kind, question) => {
        const checked = checkQuestion(kind, question);
        if ('bad' in checked) throw new Error(JSON.stringify(checked.bad));
        // As in the collector, each question has its own session.
        const session = new QuestionSession(this.nodes, QUESTION_SETTINGS, new AbortController().signal);
        const scope = scopeOf(
          {
            ...{ key, asOf, hasMerges: site.merges.length > 0, keep: session.keep },
            settings: { timeZone, domains, counting: 'auto' },
            tableName: (name) => this.tables.all(name),
          },
          checked.question,
        );
        const answer = await ask(kind, checked.question, scope, (query) => session.run(query));
        await session.end();
        return REPORTS[kind].answer.parse(answer);
      },
    };
  }

  close(): Promise<void> {
    return this.nodes.close();
  }
}
