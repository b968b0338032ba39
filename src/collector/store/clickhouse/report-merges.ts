import { Mutations } from './mutations.js';
import type { Nodes } from './nodes.js';
import { lastRemoval, lastRemovalIn } from './report-removed.js';
import { filling } from './report-step.js';
import type { ReportTableName } from './report-tables.js';
import { number, text } from './sql.js';
import { Patience } from './stuck-mutation.js';
import type { Tables } from './tables.js';

/** Two identities of a site, or two people. Their numbers are texts: they are too large for JavaScript's numbers. */
export interface Alias {
  site: string;
  one: string;
  other: string;
}

/** The most merges that questions join to the rows. If there are more, they are written into the rows. */
const MOST_WAITING = 20_000;
/** After so long, no question is running that began before the merges were written into the rows. */
const REMOVED_AFTER_MS = 300_000;

/** A table in which identities have the number of their person. */
interface Labels {
  table: ReportTableName;
  /** The column of the identity. */
  identity: string;
  /** The column of its person. */
  label: string;
}

const MERGES: Labels = { table: 'report_merges', identity: 'person', label: 'into' };
const PEOPLE: Labels = { table: 'report_people', identity: 'identity', label: 'person' };

/** Merges that are being written into the rows, or were written and are still joined. */
interface Folding {
  /** The people of older rows, and the pairs of each with the person into whom they were merged, as lists for SQL. */
  people: string;
  pairs: string;
  patience: Patience;
  /** When ClickHouse was known to have written the rows, by `performance.now()`; undefined before. */
  endedAt: number | undefined;
}

/** The merges of people: after an alias, all identities of both people have the smaller of the two numbers. */
export class ReportMerges {
  private folding: Folding | undefined;
  private readonly mutations: Mutations;

  /** @param limits smaller in tests */
  constructor(
    private readonly nodes: Nodes,
    private readonly tables: Tables,
    private readonly limits = { waiting: MOST_WAITING, removedAfterMs: REMOVED_AFTER_MS },
  ) {
    this.mutations = new Mutations(nodes, tables);
  }

  /**
   * Stores the merges of aliases. Repeating it changes nothing. If somebody was removed since the aliases were read, they are read
   * again: the person may have come back without an alias.
   */
  async noteAll<One extends Alias>(read: () => Promise<One[]>): Promise<One[]> {
    for (;;) {
      const removal = await lastRemoval(this.nodes, this.tables);
      const aliases = await read();
      for (const [site, ofSite] of Map.groupBy(aliases, ({ site }) => site)) await this.noteOf(site, ofSite, removal);
      if (!aliases.length || (await lastRemoval(this.nodes, this.tables)) === removal) return aliases;
    }
  }

  /**
   * Writes merges into the rows when there are many. ClickHouse does that in the background, for minutes if there are many rows.
   * Nothing waits for it: questions join the merges until some time after the end of it. Call this now and then.
   * @throws StuckMutation now and then if ClickHouse cannot write the rows
   */
  async foldIfDue(): Promise<void> {
    if (this.folding) return this.continue(this.folding);
    const rows = await this.nodes.rows<{ person: string; into: string }>(`
      SELECT toString(person) AS person, toString(min("into")) AS into FROM ${this.tables.all('report_merges')}
      GROUP BY site, person LIMIT ${10 * MOST_WAITING}`);
    if (rows.length <= this.limits.waiting) return;
    // A collector that has stopped may have begun one.
    if ((await this.mutations.waiting('report_hits')).length) return;
    const people = rows.map(({ person }) => numeral(person)).join(',');
    const into = rows.map((row) => numeral(row.into)).join(',');
    await this.mutations.update(
      'report_hits',
      `person = transform(person, [${people}], [${into}], person)`,
      `person IN (${people})`,
    );
    const pairs = rows.map((row) => `(${numeral(row.person)},${numeral(row.into)})`).join(',');
    this.folding = { people, pairs, patience: new Patience(this.tables), endedAt: undefined };
  }

  private async continue(folding: Folding): Promise<void> {
    if (folding.endedAt === undefined) {
      const waiting = await this.mutations.waiting('report_hits');
      folding.patience.look(waiting);
      if (!waiting.length) folding.endedAt = performance.now();
    }
    if (folding.endedAt === undefined || performance.now() - folding.endedAt < this.limits.removedAfterMs) return;
    this.folding = undefined;
    // If somebody has killed the mutation, rows still need the merges.
    const hits = this.tables.all('report_hits');
    const [left] = await this.nodes.rows(`SELECT 1 AS one FROM ${hits} WHERE person IN (${folding.people}) LIMIT 1`);
    if (!left) await this.mutations.deleteLater('report_merges', `(person, "into") IN (${folding.pairs})`);
  }

  private async noteOf(site: string, aliases: readonly Alias[], removal: number): Promise<void> {
    const identities = [...new Set(aliases.flatMap(({ one, other }) => [one, other]))];
    const known = await this.nodes.rows<{ identity: string; person: string }>(`
      SELECT toString(identity) AS identity, toString(min(person)) AS person FROM ${this.tables.all('report_people')}
      WHERE site = ${text(site)} AND identity IN (${identities.map(numeral).join(',')}) GROUP BY identity`);
    const labels = new Map(known.map(({ identity, person }) => [identity, person]));
    const into = new Map<string, string>();
    const now = (person: string): string => {
      let last = person;
      for (let next; (next = into.get(last)) !== undefined;) last = next;
      return last;
    };
    for (const { one, other } of aliases) {
      const [a, b] = [now(labels.get(one) ?? one), now(labels.get(other) ?? other)];
      if (a === b) continue;
      const [small, large] = BigInt(a) < BigInt(b) ? [a, b] : [b, a];
      into.set(large, small);
    }
    if (!into.size) return;
    const people = [...into.keys()];
    const list = people.map(numeral).join(',');
    const targets = people.map((person) => numeral(now(person))).join(',');
    // First the table of merges, which applies to all rows. If the process is killed before the second table is written, the old
    // numbers are still in the second table, and the next attempt does both again.
    for (const labels of [MERGES, PEOPLE])
      await this.nodes.execute(this.relabelled(site, list, targets, labels, removal));
  }

  /**
   * Changes the labels, which are numbers of people, in one of the tables: the label of each of these people, and every label that is
   * one of these people. Identities that were removed after their aliases were read get no label.
   * @param people the labels that change, separated by commas
   * @param targets the new label for each of them
   * @param removal the time of the last removal: after a later one, nothing changes
   */
  private relabelled(
    site: string,
    people: string,
    targets: string,
    { table, identity, label }: Labels,
    removal: number,
  ): string {
    const labels = this.tables.all(table);
    const rows = `
      SELECT ${identity}, transform(was, [${people}], [${targets}], was) AS label FROM (
        SELECT arrayJoin([${people}]) AS ${identity}, ${identity} AS was
        UNION ALL
        SELECT ${identity}, min("${label}") AS was FROM ${labels}
        WHERE site = ${text(site)} AND "${label}" IN (${people}) GROUP BY ${identity})`;
    return filling(`
      INSERT INTO ${labels} (site, ${identity}, "${label}")
      SELECT ${text(site)}, ${identity}, label FROM (${rows})
      WHERE ${lastRemovalIn(this.tables)} = ${number(removal)} AND ${identity} IN (
        SELECT identity FROM ${this.tables.all('report_identities')}
        WHERE site = ${text(site)} AND identity IN (SELECT ${identity} FROM (${rows})))`);
  }
}

/** A number for SQL. @throws RangeError for any other text */
function numeral(value: string): string {
  if (!/^\d{1,20}$/.test(value)) throw new RangeError(`${value} is not the number of an identity.`);
  return value;
}
