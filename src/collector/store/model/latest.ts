import { HITS_OF_A_PERSON, PROPERTIES_OF_A_PERSON_BYTES } from './limits.js';

/**
 * From how many hits a person is assembled: the latest ones within the limits, at least one.
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
