import { HITS_OF_A_PERSON, PROPERTIES_OF_A_PERSON_BYTES } from './limits.js';

/**
 * How many hits a person is assembled from: the latest ones that fit into the limits, one at least.
 * @param hits the latest first, with the bytes of their stored properties
 */
export function countThatFit(hits: readonly { bytes: number }[]): number {
  let bytes = 0;
  const end = hits.findIndex((hit, index) => {
    bytes += hit.bytes;
    return index >= HITS_OF_A_PERSON || (index > 0 && bytes > PROPERTIES_OF_A_PERSON_BYTES);
  });
  return end < 0 ? hits.length : end;
}
