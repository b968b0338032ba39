import { hasMoment } from '../../../protocol/hit-id.js';
import type { StoredHit } from '../store.js';

/**
 * Puts hits of the same second into the order in which they were pushed: requests overtake each other. Only those
 * whose id says when that was change places, and only among themselves.
 * @param hits oldest first
 */
export function inOrderOfPush(hits: StoredHit[]): StoredHit[] {
  const ordered = [...hits];
  /** Where the hits of one second are that may change places. */
  let places: number[] = [];
  const sortPlaces = (): void => {
    const sorted = places.map((place) => hits[place]!).sort((a, b) => (a.id! < b.id! ? -1 : 1));
    places.forEach((place, index) => (ordered[place] = sorted[index]!));
    places = [];
  };
  hits.forEach(({ id, time }, index) => {
    if (index && time !== hits[index - 1]!.time) sortPlaces();
    if (hasMoment(id ?? undefined)) places.push(index);
  });
  sortPlaces();
  return ordered;
}
