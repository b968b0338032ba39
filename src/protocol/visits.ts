/** The longest pause within a visit: a visit is a series of hits from browsers, each at most so long after the one before. */
export const VISIT_PAUSE_SECONDS = 1800;

/** A visit: the times of its first and its last hit, Unix seconds. */
export interface Visit {
  from: number;
  to: number;
}

/** @param times of the hits of a person's browsers, Unix seconds, in any order @returns oldest first */
export function visitsOf(times: readonly number[]): Visit[] {
  const visits: Visit[] = [];
  for (const time of times.toSorted((a, b) => a - b)) {
    const last = visits.at(-1);
    if (last && time - last.to <= VISIT_PAUSE_SECONDS) last.to = time;
    else visits.push({ from: time, to: time });
  }
  return visits;
}
