import { countThatFit } from '../model/latest.js';
import { HITS_OF_A_PERSON, PROPERTIES_OF_A_PERSON_BYTES } from '../model/limits.js';
import { isDamage, readable } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';
import { SIZE, type Size } from './hit-rows.js';
import { LATEST_HITS } from './indexed-hits.js';
import type { UnfiledHits } from './unfiled-hits.js';

/** A position before all hits. */
const EARLIEST = { time: Number.MIN_SAFE_INTEGER, id: 0 };

const latestFirst = (a: Pick<Size, 'id' | 'time'>, b: Pick<Size, 'id' | 'time'>): number =>
  b.time - a.time || b.id - a.id;

/** The hits from which a person is assembled. */
export class LatestHits {
  private readonly sizesOf: Statement;
  private readonly idsOf: Statement;
  private readonly sizeOf: Statement;

  constructor(
    db: Database,
    private readonly unfiled: UnfiledHits,
  ) {
    // SQLite knows a length in bytes without reading the value.
    this.sizesOf = db.prepare(`
      SELECT ${SIZE} FROM (${LATEST_HITS}) f CROSS JOIN hits h ON h.id = f.hit WHERE (h.time, h.id) > (?, ?)`);
    // Reads only the index: the rows may be on pages that cannot be read.
    this.idsOf = db.prepare(LATEST_HITS);
    this.sizeOf = db.prepare(`SELECT ${SIZE} FROM hits h WHERE h.id = ?`);
  }

  /** The hits from which a person is assembled, the latest first, and whether there are older ones. */
  of(identities: readonly { id: number; lastSeen: number | null }[]): { sizes: Size[]; partial: boolean } {
    let sizes = this.unfiled.sizes(identities.map(({ id }) => id));
    const unfiled = new Set(sizes.map(({ id }) => id));
    let bytes = 0;
    let leftOut: Size | undefined;
    const keepLatest = (): void => {
      sizes.sort(latestFirst);
      const count = countThatFit(sizes);
      leftOut = sizes[count] ?? leftOut;
      sizes = sizes.slice(0, count);
      bytes = sizes.reduce((sum, size) => sum + size.bytes, 0);
    };
    // In this order, later identities have few hits that are newer than those already left out.
    for (const { id } of identities.toSorted((a, b) => (b.lastSeen ?? 0) - (a.lastSeen ?? 0))) {
      for (const size of this.sizesOfIdentity(id, leftOut ?? EARLIEST)) {
        // A hit that is being filed may be in both.
        if (unfiled.has(size.id)) continue;
        sizes.push(size);
        bytes += size.bytes;
      }
      // So memory stays bounded, however many identities there are.
      if (sizes.length > 2 * HITS_OF_A_PERSON || bytes > 2 * PROPERTIES_OF_A_PERSON_BYTES) keepLatest();
    }
    keepLatest();
    return { sizes, partial: leftOut !== undefined };
  }

  /**
   * The latest hits of an identity by `_t`, without those that are older than `leftOut` and those on pages that cannot be read.
   */
  private sizesOfIdentity(identity: number, leftOut: Pick<Size, 'id' | 'time'>): Size[] {
    try {
      return this.sizesOf.all(identity, HITS_OF_A_PERSON + 1, leftOut.time, leftOut.id) as Size[];
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    const sizes: Size[] = [];
    try {
      for (const { hit } of this.idsOf.iterate(identity, HITS_OF_A_PERSON + 1) as Iterable<{ hit: number }>) {
        const size = readable(() => this.sizeOf.get(hit) as Size | undefined);
        if (size && latestFirst(size, leftOut) < 0) sizes.push(size);
      }
    } catch (error) {
      // The rest of the index cannot be read.
      if (!isDamage(error)) throw error;
    }
    return sizes;
  }
}
