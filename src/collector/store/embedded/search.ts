import { foldText } from '../../../protocol/fold.js';
import { readable } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';
import { addFolding, CONTAINS, foldedForIndex, INDEXED } from './folding.js';

/** If there are more matches, the search compares identities one by one instead, those that were seen last first. */
const MOST_MATCHES = 2000;
/**
 * The most identities that are compared one by one: among new ones and matches of the index, and then again among the latest. Each
 * takes some 50 ms, during which other readers wait.
 */
const MOST_LOOKED_AT = 50_000;
/** The search begins with this number of identities seen last, and doubles it until it has found enough. */
const LOOKED_AT_FIRST = 500;
/** The most trigrams of a text that are looked up. Matches are then compared with the whole text. */
const MOST_TRIGRAMS = 50;

interface Found {
  person: number;
  lastSeen: number | null;
}

/** People, with the time at which their matching identities were seen last. */
type Matches = Map<number, number>;

/**
 * Finds people by part of an identity, both as Unicode folds them. Three characters or more are looked up in an index of
 * trigrams (https://www.sqlite.org/fts5.html#the_trigram_tokenizer) and then compared; so are the identities that the index does
 * not have yet. For less than three characters, and if too many match, the identities that were seen last are compared.
 */
export class EmbeddedSearch {
  private readonly behind: Statement;
  private readonly byTrigrams: Statement;
  private readonly beginning: Statement;
  private readonly count: Statement;
  private readonly latest: Statement;
  private readonly idsLatestFirst: Statement;
  private readonly one: Statement;

  constructor(db: Database) {
    addFolding(db);
    const columns = 'person, last_seen AS lastSeen';
    // The newest identities come first.
    this.behind = db.prepare(`
      SELECT ${columns}, site = ? AND ${CONTAINS} AS matches FROM identities WHERE id > ${INDEXED} ORDER BY id DESC`);
    this.byTrigrams = db.prepare(`
      SELECT ${columns}, site = ? AND ${CONTAINS} AS matches
      FROM (SELECT rowid AS found FROM trigrams WHERE trigrams MATCH ? ORDER BY rowid DESC) CROSS JOIN identities ON id = found
      ORDER BY found DESC`);
    const last = 'FROM identities WHERE site = ? AND period < ?';
    this.beginning = db.prepare(
      `SELECT min(period) AS period FROM (SELECT period ${last} ORDER BY period DESC LIMIT ?)`,
    );
    const since = `${last} AND period >= ? ORDER BY period DESC LIMIT ?`;
    this.count = db.prepare(`SELECT count(*) AS count FROM (SELECT 1 ${since})`);
    this.latest = db.prepare(`
      SELECT person, max(last_seen) AS lastSeen FROM (SELECT person, last_seen, identity ${since}) WHERE ${CONTAINS}
      GROUP BY person ORDER BY lastSeen DESC LIMIT ?`);
    // Reads only the index: the rows may be on pages that cannot be read.
    this.idsLatestFirst = db.prepare(`
      SELECT id FROM identities INDEXED BY identities_by_period WHERE site = ? ORDER BY period DESC LIMIT ${MOST_LOOKED_AT}`);
    this.one = db.prepare(`SELECT ${columns} FROM identities WHERE id = ? AND ${CONTAINS}`);
  }

  /** The numbers of people with an identity that contains the text, the ones seen last first. */
  people(site: number, text: string, limit: number): number[] {
    const folded = foldText(text);
    const matches = readable(() => this.matches(site, folded, limit)) ?? this.matchesAroundDamage(site, folded);
    return [...matches]
      .sort(([, a], [, b]) => b - a)
      .slice(0, limit)
      .map(([person]) => person);
  }

  private matches(site: number, folded: string, limit: number): Matches {
    const matches: Matches = new Map();
    if (!this.addAll(matches, site, folded)) this.addLatest(matches, site, folded, limit);
    return matches;
  }

  /** Compares the identities that were seen last one by one, without those that cannot be read. */
  private matchesAroundDamage(site: number, folded: string): Matches {
    const matches: Matches = new Map();
    for (const { id } of this.idsLatestFirst.iterate(site) as Iterable<{ id: number }>) {
      const found = readable(() => this.one.get(id, folded) as Found | undefined);
      if (found) add(matches, found);
    }
    return matches;
  }

  /** @returns false if there may be more matches */
  private addAll(matches: Matches, site: number, folded: string): boolean {
    const trigrams = trigramsOf(folded);
    if (!trigrams.length) return false;
    const most = { lookedAt: MOST_LOOKED_AT, matches: MOST_MATCHES };
    return (
      addSome(matches, this.behind.iterate(site, folded), most) &&
      addSome(matches, this.byTrigrams.iterate(site, folded, trigrams.map(quoted).join(' ')), most)
    );
  }

  /** Adds as many people as the search may return, from the identities seen last. It reads whole periods at a time. */
  private addLatest(matches: Matches, site: number, folded: string, limit: number): void {
    const people = new Set<number>();
    let before = Number.MAX_SAFE_INTEGER;
    let left = MOST_LOOKED_AT;
    for (let most = LOOKED_AT_FIRST; left > 0 && people.size < limit; most *= 2) {
      const { period } = this.beginning.get(site, before, Math.min(most, left)) as { period: number | null };
      if (period === null) return;
      for (const row of this.latest.all(site, before, period, left, folded, limit) as Found[]) {
        people.add(row.person);
        add(matches, row);
      }
      left -= (this.count.get(site, before, period, left) as { count: number }).count;
      before = period;
    }
  }
}

/** @param most how many rows may still be looked at, and how many matches found @returns whether all rows were read */
function addSome(matches: Matches, rows: Iterable<unknown>, most: { lookedAt: number; matches: number }): boolean {
  for (const row of rows as Iterable<Found & { matches: number }>) {
    if (row.matches) add(matches, row);
    most.lookedAt -= 1;
    most.matches -= row.matches;
    if (!most.lookedAt || !most.matches) return false;
  }
  return true;
}

function add(matches: Matches, { person, lastSeen }: Found): void {
  matches.set(person, Math.max(matches.get(person) ?? 0, lastSeen ?? 0));
}

/** The trigrams of a text; none for a text of less than three characters. */
function trigramsOf(folded: string): string[] {
  const characters = [...foldedForIndex(folded)];
  const trigrams = characters.slice(2).map((_, at) => characters.slice(at, at + 3).join(''));
  return [...new Set(trigrams)].slice(0, MOST_TRIGRAMS);
}

/** A string in the query language of FTS5 (https://www.sqlite.org/fts5.html#fts5_strings). */
function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
