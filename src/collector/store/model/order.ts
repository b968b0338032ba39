import { hasMoment } from '../../../protocol/hit-id.js';
import type { StoredHit } from '../store.js';

/**
 * Sorts hits of the same second by the time of their push, since requests overtake each other. Only hits
 * whose id contains that time are sorted; the others keep their places.
 * @param hits oldest first
 */
export function inOrderOfPush(hits: StoredHit[]): StoredHit[] {
  const ordered = [...hits];
  /** The indexes of one second's hits that are sorted. */
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
