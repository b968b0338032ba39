import type { Erased } from '../../../protocol/api.js';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import type { EmbeddedWriter } from './writer.js';
import type { SearchIndex } from './search-index.js';
import { BUSY_TIMEOUT_MS, type Database, type Statement } from '../sqlite/database.js';

/** Rows that one transaction looks through: some milliseconds, so that hits arriving meanwhile wait no longer. */
const ROWS_PER_TRANSACTION = 2000;

/** How often it is tried to truncate the log, and the pause between two attempts. */
const TRUNCATE_ATTEMPTS = 50;
const TRUNCATE_PAUSE_MS = 100;

/** The site of identities that are being erased: nobody's. */
const NOWHERE = 0;

interface Row {
  id: number;
}

/**
 * Removes hits from the embedded store for good, a few at a time between the commits of those that arrive. What is
 * removed is overwritten with zeros (https://www.sqlite.org/pragma.html#pragma_secure_delete), and the log truncated.
 */
export class Removal {
  private readonly detach: Statement;
  private readonly detached: Statement;
  private readonly dropHits: Statement;
  private readonly dropIdentity: Statement;
  private readonly dropRefusals: Statement;
  private readonly newest: Statement;
  private readonly dropOld: Statement;
  private readonly lonely: Statement;
  private readonly dropPerson: Statement;
  private stopped = false;

  constructor(
    private readonly db: Database,
    private readonly writer: EmbeddedWriter,
    private readonly index: SearchIndex,
  ) {
    this.detach = db.prepare(`
      UPDATE identities SET site = ${NOWHERE}, identity = '#' || id, person = ${NOWHERE}, last_seen = NULL, period = 0
      WHERE id = ?`);
    this.detached = db.prepare(`SELECT id FROM identities WHERE site = ${NOWHERE}`);
    this.dropHits = db.prepare(
      'DELETE FROM hits WHERE id IN (SELECT id FROM hits WHERE identity = ? LIMIT ?) RETURNING id',
    );
    this.dropIdentity = db.prepare('DELETE FROM identities WHERE id = ?');
    this.dropRefusals = db.prepare(
      'DELETE FROM refusals WHERE (key = ? OR key IS NULL) AND (instr(request, ?) OR instr(request, ?))',
    );
    this.newest = db.prepare('SELECT coalesce(max(id), 0) AS id FROM hits');
    this.dropOld = db.prepare(
      'DELETE FROM hits WHERE id > ? AND id <= ? AND site = ? AND time < ? RETURNING identity AS id',
    );
    this.lonely = db.prepare(`
      SELECT person AS id FROM identities WHERE id = ? AND NOT EXISTS (
        SELECT 1 FROM identities i JOIN hits h ON h.identity = i.id
        WHERE i.person = (SELECT person FROM identities WHERE id = ?))`);
    this.dropPerson = db.prepare('DELETE FROM identities WHERE person = ? RETURNING id, identity');
  }

  /** Nobody finds them any more once this begins; what a collector that was killed left of it, the next one ends. */
  async erase(key: string, identities: { id: number; identity: string }[]): Promise<Erased> {
    for (const { identity } of identities) {
      // A refused request may have named them.
      this.writer.transaction(() => this.dropRefusals.run(key, identity, encodeURIComponent(identity)));
      await turn();
    }
    this.writer.transaction(() => {
      for (const { id, identity } of identities) {
        this.index.forget(id, identity);
        this.detach.run(id);
      }
    });
    this.writer.forget();
    const hits = await this.finish(identities);
    return { identities: identities.map(({ identity }) => identity), hits };
  }

  /** What is not done yet waits for the next start. */
  stop(): void {
    this.stopped = true;
  }

  /** Ends every removal that has begun. */
  async resume(): Promise<void> {
    const left = this.detached.all() as Row[];
    if (left.length) await this.finish(left);
  }

  /** @param before Unix seconds */
  async expire(site: number, before: number): Promise<number> {
    const { id: newest } = this.newest.get() as Row;
    let removed = 0;
    for (let last = 0; last < newest && !this.stopped; last += ROWS_PER_TRANSACTION) {
      removed += this.writer.transaction(() => {
        const identities = this.dropOld.all(last, Math.min(last + ROWS_PER_TRANSACTION, newest), site, before) as Row[];
        for (const id of new Set(identities.map(({ id }) => id))) {
          const person = this.lonely.get(id, id) as Row | undefined;
          if (!person) continue;
          for (const gone of this.dropPerson.all(person.id) as (Row & { identity: string })[]) {
            this.index.forget(gone.id, gone.identity);
          }
        }
        // A hit that arrives before the next step must not be filed under an identity that is gone.
        if (identities.length) this.writer.forget();
        return identities.length;
      });
      await turn();
    }
    if (removed) await this.truncateLog();
    return removed;
  }

  private async finish(identities: Row[]): Promise<number> {
    let removed = 0;
    for (const { id } of identities) {
      let dropped: number;
      do {
        if (this.stopped) throw new Error('The collector stops; it goes on with the removal when it starts again.');
        dropped = this.writer.transaction(() => this.dropHits.all(id, ROWS_PER_TRANSACTION).length);
        removed += dropped;
        await turn();
      } while (dropped === ROWS_PER_TRANSACTION);
      this.writer.transaction(() => this.dropIdentity.run(id));
    }
    await this.truncateLog();
    return removed;
  }

  /** The write-ahead log holds copies of the pages as they were. While somebody reads it, it cannot be cut. */
  private async truncateLog(): Promise<void> {
    for (let attempt = 0; attempt < TRUNCATE_ATTEMPTS && !this.stopped; attempt++) {
      this.db.exec('PRAGMA busy_timeout = 0');
      const { busy } = this.db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number };
      this.db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      if (!busy) return;
      await pause(TRUNCATE_PAUSE_MS);
    }
  }
}
