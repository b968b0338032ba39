import type { FunnelStep } from '../../protocol/reports.js';

/** Shares of people, from 0 to 1; undefined where there are no people. */
export const shareOf = (people: number, of: number | undefined): number | undefined => (of ? people / of : undefined);

/** The share of those who did the first step that did the last one. */
export const conversionOf = (steps: readonly FunnelStep[]): number | undefined =>
  shareOf(steps.at(-1)!.people, steps[0]!.people);

/**
 * The index of the step after which most people are lost: the first of equal ones; -1 if nobody is lost, or if people can be lost
 * at one place only.
 */
export function largestDrop(steps: readonly FunnelStep[]): number {
  const lost = steps.map((step) => step.lost?.people ?? 0);
  const most = Math.max(...lost);
  return most > 0 && steps.length > 2 ? lost.indexOf(most) : -1;
}
