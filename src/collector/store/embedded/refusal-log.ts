import { reasonToText } from '../../../protocol/reasons.js';
import { MOST_REFUSALS } from '../model/limits.js';
import { notingDamage } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';
import type { Refusal } from '../store.js';
import { highestRemoved } from './removed-numbers.js';

/** After damage was found, so many commits store no refusals. Each finding costs another attempt at a commit. */
const PAUSE_COMMITS = 100;
/** Beside a refusal that cannot be removed, so many others stay. */
const KEPT_BESIDE = 100;

/** A sentence for the owner. */
export const DAMAGED_REFUSALS =
  'A database page of the table of refused requests cannot be read. Some refused requests are not stored, or are kept for too long. Hits are ' +
  'not affected. Export what can be read, and import it into a new folder on another disk.';

/**
 * The latest refusals, for Live. Its damaged pages never make a commit fail: a commit also contains hits. Each method is part of the
 * caller's transaction.
 */
export class RefusalLog {
  private readonly insert: Statement;
  private readonly prune: Statement;
  /** How many commits store no refusals. */
  private pause = 0;
  /** The number up to which refusals are not removed. */
  private notPruned = 0;
  /** Whether this commit removes no more refusals. */
  private keepsAll = false;

  constructor(db: Database) {
    this.insert = db.prepare(`
      INSERT INTO refusals (id, key, received, reason, request)
      VALUES (1 + max(coalesce((SELECT max(id) FROM refusals), 0), ${highestRemoved('refusals')}), ?, ?, ?, ?)`);
    this.prune = db.prepare('DELETE FROM refusals WHERE id > ? AND id <= ?');
  }

  /** Call it before a commit, but not before another attempt at it: otherwise a commit of very many refusals would be tried for ever. */
  begin(): void {
    this.pause = Math.max(0, this.pause - 1);
    this.keepsAll = false;
  }

  /** @throws NotedDamage at most twice in a commit */
  store({ key, received, reason, request }: Refusal): void {
    if (this.pause > 0) return;
    const { lastInsertRowid } = notingDamage(
      DAMAGED_REFUSALS,
      () => this.insert.run(key, received, reasonToText(reason), request),
      () => (this.pause = PAUSE_COMMITS),
    );
    const upto = Number(lastInsertRowid) - MOST_REFUSALS;
    if (this.keepsAll || upto <= this.notPruned) return;
    notingDamage(
      DAMAGED_REFUSALS,
      () => this.prune.run(this.notPruned, upto),
      () => {
        this.notPruned = upto + KEPT_BESIDE;
        this.keepsAll = true;
      },
    );
  }
}
