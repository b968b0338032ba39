import { useMemo } from 'preact/hooks';
import type { FunnelAnswer, FunnelQuestion, Range } from '../../protocol/reports.js';
import { useReport } from '../ask.js';
import type { ComparedDays } from '../compared-days.js';
import { parsed } from '../json.js';
import { LOOKED_AT, type LookedAt } from '../looked-at.js';
import { currentKey, entryName } from '../site.js';
import { filterOf, type View } from '../view.js';

/** The steps of a funnel, for the days that are over and for the days before. */
export interface ComparedSteps {
  funnel: LookedAt;
  over: FunnelAnswer;
  before: FunnelAnswer;
}

/**
 * Asks for the funnel that was looked at most often in this browser. With `skip`, the people of a step are no part of those of the step
 * before it: such a funnel is left out.
 * @param days undefined to ask nothing
 */
export function useSteps(view: View, days: ComparedDays | undefined): { steps?: ComparedSteps; isAsking: boolean } {
  const funnel = useMemo(mostLookedAt, []);
  const questionOf = ({ from, to }: Range): FunnelQuestion | undefined =>
    funnel && { ...funnel, from, to, ...filterOf(view.filter, { from, to }), bots: 'exclude' };
  const over = useReport('funnel', days && questionOf(days.over));
  const before = useReport('funnel', days && questionOf(days.before));
  const isAsking = over.asking || before.asking;
  if (!days || !funnel || isAsking || !over.answer || !before.answer) return { isAsking: Boolean(days) && isAsking };
  return { steps: { funnel, over: over.answer, before: before.answer }, isAsking };
}

function mostLookedAt(): LookedAt | undefined {
  try {
    const looks = parsed(localStorage.getItem(entryName(LOOKED_AT + currentKey())) ?? '[]') as [LookedAt][];
    return looks.find(([{ steps, skip }]) => steps.length > 1 && !skip)?.[0];
  } catch {
    return undefined;
  }
}
