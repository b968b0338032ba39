import type { Database, Statement } from '../sqlite/database.js';

/** A text with more matches says little: then the search walks back from those seen last. */
const MOST_MATCHES = 2000;

interface Match {
  person: number;
  lastSeen: number | null;
}

/**
 * Finds people by part of an identity. Three characters or more are looked up in an index of trigrams
 * (https://www.sqlite.org/fts5.html#the_trigram_tokenizer) and then compared; so are all identities that the index does
 * not have yet.
 */
export class EmbeddedSearch {
  private readonly byTrigrams: Statement;
  private readonly byScan: Statement;
  private readonly periods: Statement;
  private readonly inPeriod: Statement;

  constructor(db: Database) {
    const found = (table: string, where: string): string => `
      SELECT person, last_seen AS lastSeen FROM identities ${table}
      WHERE identity LIKE ? ESCAPE '\\' AND ${where} LIMIT ${MOST_MATCHES}`;
    // The plus keeps the site's index out of it: what the site has is more than what was found.
    const trigrams = '+site = ? AND id IN (SELECT rowid FROM trigrams WHERE trigrams MATCH ?)';
    const behind = '+site = ? AND id > (SELECT identity FROM indexed)';
    this.byTrigrams = db.prepare(`
      SELECT * FROM (${found('', trigrams)}) UNION SELECT * FROM (${found('', behind)})`);
    this.byScan = db.prepare(found('INDEXED BY sqlite_autoindex_identities_1', 'site = ?'));
    this.periods = db.prepare('SELECT max(period) AS period FROM identities WHERE site = ? AND period < ?');
    this.inPeriod = db.prepare(`
      SELECT person, max(last_seen) AS lastSeen FROM identities
      WHERE site = ? AND period = ? AND identity LIKE ? ESCAPE '\\' GROUP BY person ORDER BY lastSeen DESC LIMIT ?`);
  }

  /** The numbers of people with an identity that contains the text, without case in ASCII; those seen last. */
  people(site: number, text: string, limit: number): number[] {
    const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
    let matches = text === '' ? undefined : this.allMatches(site, text, pattern);
    if (!matches || matches.length >= MOST_MATCHES) matches = this.latestMatches(site, pattern, limit);
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
  private allMatches(site: number, text: string, pattern: string): Match[] {
    const characters = [...text];
    if (characters.length < 3) return this.byScan.all(pattern, site) as Match[];
    const trigrams = characters.slice(2).map((_, at) => quoted(characters.slice(at, at + 3).join('')));
    return this.byTrigrams.all(pattern, site, trigrams.join(' '), pattern, site) as Match[];
  }

  private latestMatches(site: number, pattern: string, limit: number): Match[] {
    const matches: Match[] = [];
    let before = Number.MAX_SAFE_INTEGER;
    while (matches.length < limit) {
      const { period } = this.periods.get(site, before) as { period: number | null };
      if (period === null) break;
      matches.push(...(this.inPeriod.all(site, period, pattern, limit) as Match[]));
      before = period;
    }
    return matches;
  }
}

/** A string in the query language of FTS5 (https://www.sqlite.org/fts5.html#fts5_strings). */
function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
