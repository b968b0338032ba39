import type { OwnHit, Person } from './world.js';

const VISIT_ENDS_SECONDS = 1800;
const BROWSER = 0;

/** Hits of a browser, each within half an hour of the previous one. */
export type Visit = OwnHit[];

export function visitsOf({ hits }: Person): Visit[] {
  const visits: Visit[] = [];
  for (const hit of hits.filter(({ agent }) => agent === BROWSER)) {
    const last = visits.at(-1)?.at(-1);
    if (last && hit.time - last.time <= VISIT_ENDS_SECONDS) visits.at(-1)!.push(hit);
    else visits.push([hit]);
  }
  return visits;
}
