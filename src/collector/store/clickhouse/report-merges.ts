import type { Nodes } from './nodes.js';
import { text } from './sql.js';
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

/** The merges of people: after an alias, all identities of both people have the smaller of the two numbers. */
export class ReportMerges {
  /** Merges that were written into the rows and are still joined, with the time of writing. */
  private folded: { pairs: string; at: number } | undefined;

  /** @param limits smaller in tests */
  constructor(
    private readonly nodes: Nodes,
    private readonly tables: Tables,
    private readonly limits = { waiting: MOST_WAITING, removedAfterMs: REMOVED_AFTER_MS },
  ) {}

  /** Stores the merges of aliases. Repeating it changes nothing. */
  async note(aliases: readonly Alias[]): Promise<void> {
    for (const [site, ofSite] of Map.groupBy(aliases, ({ site }) => site)) await this.noteOf(site, ofSite);
  }

  /** Writes merges into the rows when there are many. */
  async foldIfDue(): Promise<void> {
    await this.removeFolded();
    if (this.folded) return;
    const rows = await this.nodes.rows<{ person: string; into: string }>(`
      SELECT toString(person) AS person, toString(min("into")) AS into FROM ${this.tables.all('report_merges')}
      GROUP BY site, person LIMIT ${10 * MOST_WAITING}`);
    if (rows.length <= this.limits.waiting) return;
    const people = rows.map(({ person }) => numeral(person)).join(',');
    const into = rows.map((row) => numeral(row.into)).join(',');
    await this.nodes.everywhere(
      `ALTER TABLE ${this.tables.local('report_hits')} UPDATE person = transform(person, [${people}], [${into}], person)
       WHERE person IN (${people}) SETTINGS mutations_sync = 1`,
    );
    const pairs = rows.map((row) => `(${numeral(row.person)},${numeral(row.into)})`).join(',');
    this.folded = { pairs, at: Date.now() };
  }

  private async removeFolded(): Promise<void> {
    if (!this.folded || Date.now() - this.folded.at < this.limits.removedAfterMs) return;
    await this.nodes.everywhere(
      `ALTER TABLE ${this.tables.local('report_merges')} DELETE WHERE (person, "into") IN (${this.folded.pairs}) SETTINGS mutations_sync = 1`,
    );
    this.folded = undefined;
  }

  private async noteOf(site: string, aliases: readonly Alias[]): Promise<void> {
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
    const changed = (column: string): string => `transform(${column}, [${list}], [${targets}], ${column})`;
    const old = `[${list}]`;
    const [labelTable, merges] = [this.tables.all('report_people'), this.tables.all('report_merges')];
    // First the merges, which apply to all rows: if the process is killed after this, the rest is done again from the same labels.
    await this.nodes.execute(`
      INSERT INTO ${merges} (site, person, "into")
      SELECT ${text(site)}, person, ${changed('was')} FROM (
        SELECT arrayJoin(${old}) AS person, person AS was
        UNION ALL SELECT person, min("into") AS was FROM ${merges} WHERE site = ${text(site)} AND "into" IN (${list}) GROUP BY person)`);
    await this.nodes.execute(`
      INSERT INTO ${labelTable} (site, identity, person)
      SELECT ${text(site)}, identity, ${changed('was')} FROM (
        SELECT arrayJoin(${old}) AS identity, identity AS was
        UNION ALL SELECT identity, min(person) AS was FROM ${labelTable} WHERE site = ${text(site)} AND person IN (${list}) GROUP BY identity)`);
  }
}

/** A number for SQL. @throws RangeError for any other text */
function numeral(value: string): string {
  if (!/^\d{1,20}$/.test(value)) throw new RangeError(`${value} is no number of an identity.`);
  return value;
}
