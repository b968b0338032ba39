import { KINDS } from '../model/kinds.js';
import { propertiesIn } from '../model/stored-columns.js';
import type { Database, Statement } from '../sqlite/database.js';
import type { UpgradeState } from './upgrade-state.js';
import type { EmbeddedWriter } from './writer.js';

/** How many bytes of properties are read at once: a hit may have a megabyte of them. */
const BYTES_AT_ONCE = 1024 * 1024;

interface Size {
  id: number;
  bytes: number;
}

interface OldHit {
  id: number;
  kind: number;
  name: string | null;
  properties: unknown;
}

/**
 * Stores the hits of schema 5 again, with numbers for repeated texts. Each method is part of the caller's
 * transaction.
 */
export class RecodedHits {
  private readonly sizes: Statement;
  private readonly next: Statement;
  private readonly between: Statement;
  private readonly change: Statement;
  private readonly moves: Statement[];

  constructor(
    private readonly db: Database,
    private readonly writer: EmbeddedWriter,
  ) {
    // In memory: the folder for temporary files may not exist, or may be readable for others.
    db.exec('PRAGMA temp_store = MEMORY; CREATE TEMP TABLE moved AS SELECT * FROM hits LIMIT 0');
    this.sizes = db.prepare(
      'SELECT id, octet_length(properties) AS bytes FROM hits WHERE id > ? AND id <= ? ORDER BY id',
    );
    this.next = db.prepare('SELECT id FROM hits WHERE id > ? ORDER BY id LIMIT 1');
    this.between = db.prepare('SELECT id, kind, name, properties FROM hits WHERE id > ? AND id <= ?');
    this.change = db.prepare('UPDATE hits SET name = ?, event = ?, properties = ?, size = ? WHERE id = ?');
    this.moves = [
      'INSERT INTO moved SELECT * FROM hits WHERE id > ? AND id <= ?',
      'DELETE FROM hits WHERE id > ? AND id <= ?',
      'INSERT INTO hits SELECT * FROM moved WHERE id > ? AND id <= ?',
      'DELETE FROM moved WHERE id > ? AND id <= ?',
    ].map((sql) => db.prepare(sql));
  }

  /** Stores some hits again. @returns the last of them; undefined if there are no more */
  recode({ hit, upto }: UpgradeState, most: number): number | undefined {
    if (hit >= upto) return undefined;
    const end = this.lastAtOnce(hit, Math.min(upto, hit + most), upto);
    for (const { id, kind, name, properties } of this.between.all(hit, end) as OldHit[]) {
      const pairs = propertiesIn(properties);
      // A damaged hit stays as it is.
      if (!pairs || (KINDS[kind] === 'event' && typeof name !== 'string')) continue;
      const stored = this.writer.texts.encode({ kind: KINDS[kind]!, name, properties: pairs });
      this.change.run(stored.name, stored.event, stored.properties, stored.size, id);
      this.writer.texts.uses.add(stored.numbers);
    }
    // Shorter rows leave their pages half empty. Deleted and inserted again, they fill fewer pages.
    for (const statement of this.moves) statement.run(hit, end);
    return end;
  }

  finish(): void {
    this.db.exec('DROP TABLE temp.moved');
  }

  /** The last hit of the next step, whose properties are not too large together. At least one row belongs to a step. */
  private lastAtOnce(hit: number, end: number, upto: number): number {
    let bytes = 0;
    const sizes = this.sizes.all(hit, end) as Size[];
    for (const [at, size] of sizes.entries()) {
      bytes += size.bytes;
      if (bytes > BYTES_AT_ONCE) return at ? size.id - 1 : size.id;
    }
    if (sizes.length) return end;
    const next = this.next.get(end) as { id: number } | undefined;
    return Math.min(upto, (next?.id ?? upto + 1) - 1);
  }
}
