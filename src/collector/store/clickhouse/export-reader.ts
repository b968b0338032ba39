import type { DamagedRow, ExportedHit } from '../store.js';
import type { Nodes } from './nodes.js';
import { placeOf, sameHit, type Place } from './repeats.js';
import { hitIn, type HitRow } from './rows.js';
import { number, text } from './sql.js';
import { HIT_COLUMNS, type Tables } from './tables.js';

const PAGE_HITS = 20_000;
/** The most bytes of stored properties in a page of more than one hit. */
const PAGE_BYTES = 32 * 1024 * 1024;
/** The period that the first query reads. The next periods are longer or shorter, by the number of hits found. */
const FIRST_WINDOW_MICROSECONDS = 60_000_000;
/** The most hits among which one query looks for repeats, which bounds ClickHouse's memory. */
const HITS_PER_REPEATS_QUERY = 4_000_000;

const SAME = 'sipHash64(identity, sent, id)';

/** Reads every hit of a site once, in the order of arrival, in pages: so no query grows with the number of hits. */
export class ExportReader {
  constructor(
    private readonly nodes: Nodes,
    private readonly tables: Tables,
    private readonly columns = HIT_COLUMNS,
  ) {}

  async *export(key: string, onDamaged: (row: DamagedRow) => void): AsyncIterable<ExportedHit> {
    const site = `FROM ${this.tables.all('arrivals')} WHERE site = ${text(key)}`;
    const [range] = await this.nodes.rows<{ count: number; start: number; end: number }>(
      `SELECT count() AS count, min(stamp) AS start, max(stamp) AS end ${site}`,
    );
    if (!range?.count) return;
    const again = await this.again(site, range.count);
    /** Hits that are stored more than once and have been returned. */
    const given = new Set<string>();

    let last: Place = { stamp: range.start - 1, source: Number.MAX_SAFE_INTEGER };
    let window = FIRST_WINDOW_MICROSECONDS;
    while (last.stamp < range.end) {
      const end = Math.min(last.stamp + window, range.end);
      const { rows, full } = await this.page(site, last, end);
      for (const { hash, ...row } of rows) {
        if (again.has(hash)) {
          const same = sameHit(row);
          if (given.has(same)) continue;
          given.add(same);
        }
        const hit = hitIn(row);
        if (hit) yield hit;
        else onDamaged({ row: placeOf(row), received: row.received, reason: 'its properties are not valid JSON' });
      }
      if (full) window = Math.max(1, Math.floor(window / 2));
      else if (rows.length < PAGE_HITS / 4) window = Math.min(window * 2, Number.MAX_SAFE_INTEGER / 4);
      last = full ? rows.at(-1)! : { stamp: end, source: Number.MAX_SAFE_INTEGER };
    }
  }

  /** The hits after a position, up to the size of a page. `full`: there may be more before the end. */
  private async page(
    site: string,
    { stamp, source }: Place,
    end: number,
  ): Promise<{ rows: (HitRow & { hash: string })[]; full: boolean }> {
    const following = `${site}
      AND stamp >= ${number(stamp)} AND stamp <= ${number(end)}
      AND (stamp > ${number(stamp)} OR source > ${number(source)})
      ORDER BY stamp, source LIMIT 1 BY stamp, source`;
    for (let limit = PAGE_HITS; ;) {
      const [size] = await this.nodes.rows<{ count: number; bytes: number }>(`
        SELECT count() AS count, sum(size) AS bytes
        FROM (SELECT length(properties) AS size, stamp, source ${following} LIMIT ${number(limit)})`);
      const { count, bytes } = size!;
      if (limit > 1 && bytes > PAGE_BYTES) {
        limit = Math.max(1, Math.floor((count * PAGE_BYTES) / bytes));
        continue;
      }
      const select = `SELECT ${this.columns}, toString(${SAME}) AS hash ${following} LIMIT ${number(limit)}`;
      return { rows: count ? await this.nodes.rows(select) : [], full: count === limit };
    }
  }

  /** Hashes of the hits whose id is stored more than once. They are few, and a hash that is here by chance does no harm. */
  private async again(site: string, count: number): Promise<Set<string>> {
    const hashes = new Set<string>();
    const shares = Math.ceil(count / HITS_PER_REPEATS_QUERY);
    for (let share = 0; share < shares; share++) {
      const rows = await this.nodes.rows<{ hash: string }>(`
        SELECT toString(same) AS hash FROM (SELECT ${SAME} AS same, stamp, source ${site})
        WHERE same % ${number(shares)} = ${number(share)}
        GROUP BY same HAVING min(stamp) < max(stamp) OR min(source) < max(source)`);
      for (const { hash } of rows) hashes.add(hash);
    }
    return hashes;
  }
}
