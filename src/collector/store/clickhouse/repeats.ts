import { foldName } from '../../../protocol/text.js';
import { obeysTheSecond } from '../model/counting.js';
import { KINDS } from '../model/kinds.js';
import type { Counting } from '../store.js';
import { ownId, type HitRow } from './rows.js';

const EVENT = KINDS.indexOf('event');

/** The columns that identify a row. */
export type Place = Pick<HitRow, 'stamp' | 'source'>;

/** A text that is equal for equal places. */
export function placeOf({ stamp, source }: Place): string {
  return `${stamp} ${source}`;
}

/** Compares rows by the time of their arrival, for `sort`. */
export function inOrderOfArrival(a: Place, b: Place): number {
  return a.stamp - b.stamp || a.source - b.source;
}

/** Every hit once, in the order of arrival: of several rows of a hit, the first one. */
export function firstOfEach<Row extends Pick<HitRow, 'sent' | 'id' | 'identity'> & Place>(rows: Row[]): Row[] {
  const first = new Map<string, Row>();
  for (const row of [...rows].sort(inOrderOfArrival)) {
    const same = sameHit(row);
    if (!first.has(same)) first.set(same, row);
  }
  return [...first.values()];
}

/** A text that is equal for all attempts to send a hit. */
export function sameHit({ sent, id, identity }: Pick<HitRow, 'sent' | 'id' | 'identity'>): string {
  return JSON.stringify([sent, id, identity]);
}

/**
 * The rows that do not count by the reference's rule (docs/reference.md#8.4): the same event of the same identity in the same
 * second counts once.
 * @param rows in the order of arrival
 */
export function repeatsAmong<Row extends Pick<HitRow, 'kind' | 'timed' | 'sent' | 'identity' | 'name' | 'id'>>(
  rows: Row[],
  counting: Counting,
): Set<Row> {
  const seen = new Set<string>();
  return new Set(
    rows.filter((row) => {
      if (row.kind !== EVENT || !row.timed || !obeysTheSecond({ id: ownId(row) }, counting)) return false;
      const same = JSON.stringify([row.sent, row.identity, foldName(row.name)]);
      if (seen.has(same)) return true;
      seen.add(same);
      return false;
    }),
  );
}
