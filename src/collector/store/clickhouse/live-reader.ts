import { READ_FOR_LIVE_CHARACTERS } from '../model/limits.js';
import { livePage, readInPart, type ReadForLive } from '../model/live-page.js';
import type { Counting, LivePage } from '../store.js';
import type { Nodes } from './nodes.js';
import { firstOfEach, placeOf, repeatsAmong } from './repeats.js';
import { toHit, toRefusal, type HitRow, type RefusalRow } from './rows.js';
import { spoolEnds } from './spool-ends.js';
import { number, text, texts } from './sql.js';
import { HIT_COLUMNS, REFUSAL_COLUMNS, type Tables } from './tables.js';

/** For each spool, the stamp up to which its rows are in ClickHouse. */
type Progress = Map<number, number>;

/** The columns of a hit. Of large properties only the beginning is read, and ClickHouse counts them. */
const LIVE_COLUMNS = `${HIT_COLUMNS.replace('properties', `substringUTF8(properties, 1, ${READ_FOR_LIVE_CHARACTERS}) AS beginning`)},
  if(length(properties) <= ${READ_FOR_LIVE_CHARACTERS}, 0,
    1 + intDiv(length(properties) - length(replaceAll(properties, '"],["', '')), 5)) AS many`;

interface LiveRow extends Omit<HitRow, 'properties'> {
  beginning: string;
  /** How many properties there are; 0 if all were read. */
  many: number;
}

/** Without a cursor, the latest hits are looked for in a period of this length, which grows until it has enough of them. */
const FIRST_WINDOW_MICROSECONDS = 1_000_000;
const WINDOW_GROWTH = 30;

/**
 * Reads new hits for Live. Rows of several spools arrive mixed, and the rows of one insert do not become visible at the same
 * time. So a reader has a position in each spool, and reads only up to the stamp that the spool's forwarder has stored as complete.
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
    const rows = await spoolEnds(this.nodes, this.tables, 'progress');
    return new Map(rows.map(({ source, stamp }) => [source, stamp]));
  }

  /** A condition for the period that contains the latest hits: all hits would be too many to sort. */
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

  /** Removes hits whose id had arrived before, and marks those that repeat another one. */
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

/** A condition for the rows between the positions of a reader and those of the spools; empty if there are none. */
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

/** @returns undefined for a text that is no cursor of this store */
function parseCursor(cursor = ''): Progress | undefined {
  if (!/^c(,\d{1,10}:\d{1,16}){0,1000}$/.test(cursor)) return undefined;
  const places = cursor.split(',').slice(1);
  const progress: Progress = new Map(places.map((place) => place.split(':').map(Number) as [number, number]));
  return [...progress.values()].every(Number.isSafeInteger) ? progress : undefined;
}

function toCursor(progress: Progress): string {
  return ['c', ...[...progress].map(([source, stamp]) => `${source}:${stamp}`)].join(',');
}
