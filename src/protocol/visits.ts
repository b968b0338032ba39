/** How long a visitor may pause: a visit is made of hits of browsers, each not more than that behind the one before. */
export const VISIT_PAUSE_SECONDS = 1800;

/** From the first hit of a visit to its last, Unix seconds. */
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
