import type { FunnelStep } from '../../protocol/reports.js';

/** Parts of people, from 0 to 1; undefined of nobody. */
export const shareOf = (people: number, of: number | undefined): number | undefined => (of ? people / of : undefined);

/** How many of those who did the first step did the last. */
export const conversionOf = (steps: readonly FunnelStep[]): number | undefined =>
  shareOf(steps.at(-1)!.people, steps[0]!.people);

/** The step behind which most people are lost; -1 where nobody is. Of equal ones it is the first. */
export function largestDrop(steps: readonly FunnelStep[]): number {
  const lost = steps.map((step) => step.lost?.people ?? 0);
  const most = Math.max(...lost);
  return most > 0 ? lost.indexOf(most) : -1;
}
