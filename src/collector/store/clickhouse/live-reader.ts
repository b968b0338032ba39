import { READ_FOR_LIVE_CHARACTERS } from '../model/limits.js';
import { livePage, readInPart, type ReadForLive } from '../model/live-page.js';
import type { Counting, LivePage } from '../store.js';
import type { Nodes } from './nodes.js';
import { firstOfEach, placeOf, repeatsAmong } from './repeats.js';
import { toHit, toRefusal, type HitRow, type RefusalRow } from './rows.js';
import { number, text, texts } from './sql.js';
import { HIT_COLUMNS, REFUSAL_COLUMNS, type Tables } from './tables.js';

/** How far each spool has got: the stamp of the latest of its rows. */
type Progress = Map<number, number>;

/** The columns of a hit; properties that are large are read in part, and counted where they lie. */
const LIVE_COLUMNS = `${HIT_COLUMNS.replace('properties', `substringUTF8(properties, 1, ${READ_FOR_LIVE_CHARACTERS}) AS beginning`)},
  if(length(properties) <= ${READ_FOR_LIVE_CHARACTERS}, 0,
    1 + intDiv(length(properties) - length(replaceAll(properties, '"],["', '')), 5)) AS many`;

interface LiveRow extends Omit<HitRow, 'properties'> {
  beginning: string;
  /** How many properties there are; 0 where they were read whole. */
  many: number;
}

/** Without a cursor, the latest hits are looked for in a window of time that grows until it has enough of them. */
const FIRST_WINDOW_MICROSECONDS = 1_000_000;
const WINDOW_GROWTH = 30;

/**
 * What arrives, for Live. Rows of several spools interleave, and the rows of one insert are not there all at once: so a reader
 * has a place in each spool, and reads up to where the spool's forwarder has said that everything is there.
 */
export class LiveReader {
  constructor(
    private readonly nodes: Nodes,
    private readonly tables: Tables,
  ) {}

  async live(key: string, cursor: string | undefined, limit: number, counting: Counting): Promise<LivePage> {
    const progress = await this.progress();
    const places = parseCursor(cursor);
    const news = places && conditions(places, progress);
    if (!progress.size || news === '') return { events: [], cursor: toCursor(progress) };
    const where = news ?? (await this.latestWindow(key, progress, limit));
    const hits = await this.nodes.rows<LiveRow>(`
      SELECT ${LIVE_COLUMNS} FROM ${this.tables.all('arrivals')} WHERE site = ${text(key)} AND ${where}
      ORDER BY stamp DESC, source DESC LIMIT 1 BY stamp, source LIMIT ${number(limit)}`);
    const refusals = await this.nodes.rows<RefusalRow>(`
      SELECT ${REFUSAL_COLUMNS} FROM ${this.tables.all('refusals')}
      WHERE key IN ${texts(['', key])} AND ${news ?? conditions(new Map(), progress)}
      ORDER BY stamp DESC, source DESC LIMIT 1 BY stamp, source LIMIT ${number(limit)}`);
    const skipped = hits.length === limit ? (await this.count(key, where)) - limit : 0;
    return livePage(
      await this.counted(key, hits.reverse(), counting),
      refusals.reverse().map(toRefusal),
      news === undefined ? undefined : skipped,
      toCursor(progress),
    );
  }

  private async progress(): Promise<Progress> {
    const rows = await this.nodes.rows<{ source: number; reached: number }>(
      `SELECT source, max(stamp) AS reached FROM ${this.tables.all('progress')} GROUP BY source ORDER BY source`,
    );
    return new Map(rows.map(({ source, reached }) => [source, reached]));
  }

  /** The window of time that has the latest hits: all that there ever were are too many to sort. */
  private async latestWindow(key: string, progress: Progress, limit: number): Promise<string> {
    const end = [...progress.values()].reduce((a, b) => Math.max(a, b));
    for (let window = FIRST_WINDOW_MICROSECONDS; ; window *= WINDOW_GROWTH) {
      const start = Math.max(0, end - window);
      const where = `stamp > ${number(start)} AND ${conditions(new Map(), progress)}`;
      if (start === 0 || (await this.count(key, where)) >= limit) return where;
    }
  }

  private async count(key: string, where: string): Promise<number> {
    const [row] = await this.nodes.rows<{ count: number }>(`
      SELECT uniqExact(stamp, source) AS count FROM ${this.tables.all('arrivals')}
      WHERE site = ${text(key)} AND ${where}`);
    return row!.count;
  }

  /** Without hits that had come before under the same id, and with what repeats another one. */
  private async counted(key: string, rows: LiveRow[], counting: Counting): Promise<ReadForLive[]> {
    if (!rows.length) return [];
    const pairs = new Set(rows.map(({ identity, sent }) => `(${text(identity)}, ${number(sent)})`));
    const first = firstOfEach(
      await this.nodes.rows<HitRow>(`
        SELECT identity, sent, id, stamp, source, timed, kind, name FROM ${this.tables.all('hits')}
        WHERE site = ${text(key)} AND identity IN ${texts(new Set(rows.map(({ identity }) => identity)))}
          AND (identity, sent) IN (${[...pairs].join(',')})`),
    );
    const counted = new Set(first.map(placeOf));
    const repeats = new Set([...repeatsAmong(first, counting)].map(placeOf));
    return rows.filter((row) => counted.has(placeOf(row))).map((row) => toReadForLive(row, repeats.has(placeOf(row))));
  }
}

function toReadForLive({ beginning, many, ...row }: LiveRow, duplicate: boolean): ReadForLive {
  const whole = many === 0;
  const hit = { ...toHit({ ...row, properties: whole ? beginning : '[]' }), duplicate };
  return whole ? { hit, count: hit.properties.length } : readInPart(hit, beginning, many);
}

/** What lies between the places of a reader and those that the spools have reached; nothing for nothing. */
function conditions(places: Progress, progress: Progress): string {
  const moved = [...progress].filter(([source, reached]) => reached > (places.get(source) ?? 0));
  if (!moved.length) return '';
  const from = moved.map(([source]) => places.get(source) ?? 0).reduce((a, b) => Math.min(a, b));
  const each = moved.map(
    ([source, reached]) =>
      `(source = ${number(source)} AND stamp > ${number(places.get(source) ?? 0)} AND stamp <= ${number(reached)})`,
  );
  return `stamp > ${number(from)} AND (${each.join(' OR ')})`;
}

/** @returns undefined for what no cursor of this store looks like */
function parseCursor(cursor = ''): Progress | undefined {
  if (!/^c(,\d{1,10}:\d{1,16}){0,1000}$/.test(cursor)) return undefined;
  const places = cursor.split(',').slice(1);
  const progress: Progress = new Map(places.map((place) => place.split(':').map(Number) as [number, number]));
  return [...progress.values()].every(Number.isSafeInteger) ? progress : undefined;
}

function toCursor(progress: Progress): string {
  return ['c', ...[...progress].map(([source, stamp]) => `${source}:${stamp}`)].join(',');
}
