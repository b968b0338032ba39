import { foldText } from '../../../protocol/fold.js';
import type { Database, Statement } from '../sqlite/database.js';
import { addFolding, CONTAINS, foldedForIndex, INDEXED } from './folding.js';

/** A text with more matches says little: then the search walks back from those seen last. */
const MOST_MATCHES = 2000;
/** Trigrams that are looked up of a longer text; it is compared as a whole. */
const MOST_TRIGRAMS = 50;

interface Match {
  person: number;
  lastSeen: number | null;
}

/**
 * Finds people by part of an identity, both as Unicode folds them. Three characters or more are looked up in an index of
 * trigrams (https://www.sqlite.org/fts5.html#the_trigram_tokenizer) and then compared; so are all identities that the
 * index does not have yet.
 */
export class EmbeddedSearch {
  private readonly byTrigrams: Statement;
  private readonly byScan: Statement;
  private readonly periods: Statement;
  private readonly inPeriod: Statement;

  constructor(db: Database) {
    addFolding(db);
    const found = (table: string, where: string): string => `
      SELECT person, last_seen AS lastSeen FROM identities ${table} WHERE ${where} AND ${CONTAINS} LIMIT ${MOST_MATCHES}`;
    // The plus keeps the site's index out of it: what the site has is more than what was found.
    const trigrams = '+site = ? AND id IN (SELECT rowid FROM trigrams WHERE trigrams MATCH ?)';
    const behind = `+site = ? AND id > ${INDEXED}`;
    this.byTrigrams = db.prepare(`
      SELECT * FROM (${found('', trigrams)}) UNION SELECT * FROM (${found('', behind)})`);
    this.byScan = db.prepare(found('INDEXED BY sqlite_autoindex_identities_1', 'site = ?'));
    this.periods = db.prepare('SELECT max(period) AS period FROM identities WHERE site = ? AND period < ?');
    this.inPeriod = db.prepare(`
      SELECT person, max(last_seen) AS lastSeen FROM identities
      WHERE site = ? AND period = ? AND ${CONTAINS} GROUP BY person ORDER BY lastSeen DESC LIMIT ?`);
  }

  /** The numbers of people with an identity that contains the text; those seen last. */
  people(site: number, text: string, limit: number): number[] {
    const folded = foldText(text);
    let matches = folded === '' ? undefined : this.allMatches(site, folded);
    if (!matches || matches.length >= MOST_MATCHES) matches = this.latestMatches(site, folded, limit);
    const people = new Map<number, number>();
    for (const { person, lastSeen } of matches) {
      people.set(person, Math.max(people.get(person) ?? 0, lastSeen ?? 0));
    }
    return [...people]
      .sort(([, a], [, b]) => b - a)
      .slice(0, limit)
      .map(([person]) => person);
  }

  /** All that match, or as many as say that there are too many. */
  private allMatches(site: number, folded: string): Match[] {
    const trigrams = trigramsOf(folded);
    if (!trigrams.length) return this.byScan.all(site, folded) as Match[];
    return this.byTrigrams.all(site, trigrams.map(quoted).join(' '), folded, site, folded) as Match[];
  }

  private latestMatches(site: number, folded: string, limit: number): Match[] {
    const matches: Match[] = [];
    let before = Number.MAX_SAFE_INTEGER;
    while (matches.length < limit) {
      const { period } = this.periods.get(site, before) as { period: number | null };
      if (period === null) break;
      matches.push(...(this.inPeriod.all(site, period, folded, limit) as Match[]));
      before = period;
    }
    return matches;
  }
}

/** What the index has of a text; nothing of one of less than three characters. */
function trigramsOf(folded: string): string[] {
  const characters = [...foldedForIndex(folded)];
  const trigrams = characters.slice(2).map((_, at) => characters.slice(at, at + 3).join(''));
  return [...new Set(trigrams)].slice(0, MOST_TRIGRAMS);
}

/** A string in the query language of FTS5 (https://www.sqlite.org/fts5.html#fts5_strings). */
function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
