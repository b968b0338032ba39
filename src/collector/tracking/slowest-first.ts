import { LARGE_GRACE_MS, latest, restOf, SMALL_BYTES, TRY_MS, type ArrivalState } from './arrival.js';

/**
 * Sorts requests in the order in which they are to be ended. First come requests that stalled while they were read as large ones; then
 * requests that are old enough for their speed to be judged, the slowest first. At the end come new requests: large ones that receive
 * nothing, then those that wait, the most remaining bytes first, then small ones that receive nothing, then those that are being read.
 */
export function slowestFirst(states: Iterable<ArrivalState>, now: number): ArrivalState[] {
  return [...states]
    .map((state) => ({ state, rank: rankOf(state, now) }))
    .sort((one, other) => one.rank[0] - other.rank[0] || one.rank[1] - other.rank[1])
    .map(({ state }) => state);
}

/** The class of a request, and its place in the class; the smallest is ended first. */
function rankOf(state: ArrivalState, now: number): [number, number] {
  const { began, progressed, waits, tries, arrived, bytes } = state;
  const age = (waits ? progressed : now) - began;
  const silence = now - latest(state);
  if (tries) return [0, -tries];
  if (age >= LARGE_GRACE_MS) return [1, arrived / age];
  if (waits) return [3, -restOf(state)];
  if (silence >= TRY_MS) return [bytes > SMALL_BYTES ? 2 : 4, -silence];
  return [5, -bytes];
}
