import { setImmediate as turn } from 'node:timers/promises';
import { ALIAS } from '../model/kinds.js';
import { isDamage } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';
import type { IdentityIndex } from './identity-index.js';
import { IN_OLD_INDEX, NEXT_HITS } from './indexed-hits.js';

/** How many hits one query reads. More are read only for an identity that begins with so many old aliases. */
const HITS_AT_ONCE = 200;
/** How many kept hits are remembered. */
const MOST_REMEMBERED = 10_000;

interface KindAndTime {
  kind: number;
  /** Unix seconds. */
  time: number;
}

interface OneHit extends KindAndTime {
  identity: number;
}

export type Kept = 'kept' | 'old aliases' | 'none';

interface NextHit extends KindAndTime {
  sent: number;
  hash: number;
  hit: number;
}

/** Finds out whether retention keeps an identity because of its own hits. */
export class KeptHits {
  private readonly next: Statement;
  private readonly one: Statement;
  private readonly inOldIndex: Statement;
  /** A kept hit of each identity whose old aliases were read before it. They are not read again while retention keeps this hit. */
  private readonly remembered = new Map<number, number>();

  constructor(
    db: Database,
    private readonly index: IdentityIndex,
  ) {
    this.next = db.prepare(NEXT_HITS);
    this.one = db.prepare('SELECT identity, kind, time FROM hits WHERE id = ?');
    this.inOldIndex = db.prepare(IN_OLD_INDEX);
  }

  /**
   * Looks for an event or properties of any age, or a young alias.
   * @param before Unix seconds; aliases before it are old
   * @returns `kept` if there is one; `old aliases` if the identity has nothing else; `none` if it has no hits
   */
  async of(identity: number, before: number): Promise<Kept> {
    try {
      return await this.look(identity, before);
    } catch (error) {
      // Nobody is removed whose hits cannot be read.
      if (isDamage(error)) return 'kept';
      throw error;
    }
  }

  private async look(identity: number, before: number): Promise<Kept> {
    const isKept = ({ kind, time }: KindAndTime): boolean => kind !== ALIAS || time >= before;
    const known = this.remembered.get(identity);
    const same = known === undefined ? undefined : (this.one.get(known) as OneHit | undefined);
    // Undefined if the hit was removed.
    if (same && same.identity === identity && isKept(same)) return 'kept';
    this.remembered.delete(identity);
    // The order matters. An upgrade and the filing move hits from one part of the index to a later one. So each part is read before the
    // part into which its hits are moved, and no hit is missed.
    const old = this.inOldIndex.get(identity, before) as { any: number; kept: number };
    if (old.kept) return 'kept';
    let aliases = old.any;
    for (const row of this.index.waitingOf(identity)) {
      const hit = this.one.get(row) as OneHit | undefined;
      if (hit && isKept(hit)) return 'kept';
      if (hit) aliases += 1;
    }
    for (let last: Omit<NextHit, 'kind' | 'time'> = { sent: -Number.MAX_SAFE_INTEGER, hash: 0, hit: 0 }; ;) {
      const hits = this.next.all(identity, last.sent, last.hash, last.hit, HITS_AT_ONCE) as NextHit[];
      const kept = hits.find(isKept);
      if (kept && aliases) this.remember(identity, kept.hit);
      if (kept) return 'kept';
      aliases += hits.length;
      if (hits.length < HITS_AT_ONCE) break;
      last = hits.at(-1)!;
      await turn();
    }
    return aliases ? 'old aliases' : 'none';
  }

  private remember(identity: number, hit: number): void {
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
    this.remembered.set(identity, hit);
  }
}
