import { useRef } from 'preact/hooks';
import type { Range, Reports } from '../protocol/reports.js';
import { useReport, type Asked } from './ask.js';
import { comparedDays, type ComparedDays, type View } from './view.js';

/** Reports of days, which can stand beside those of other days. */
type Kind = 'overview' | 'trend' | 'funnel';

export interface WithCompared<A, Q> {
  /** Of all days that are shown. */
  shown: Asked<A, Q>;
  /** Of those that are over, where that is not all of them. */
  over: Asked<A, Q>;
  before: Asked<A, Q>;
  days: ComparedDays | undefined;
}

/**
 * A question of the days that are shown, and the same of those that are compared, each its own: the filter may speak of the days that are
 * asked for.
 * @param questionOf undefined: nothing is asked
 * @param isCompared whether the latter are asked
 */
export function useWithCompared<K extends Kind>(
  kind: K,
  questionOf: (range: Range) => Reports[K]['question'] | undefined,
  view: View,
  isCompared: boolean,
): WithCompared<Reports[K]['answer'], Reports[K]['question']> {
  const days = isCompared ? comparedDays(view) : undefined;
  const { from, to } = view;
  const shown = useReport(kind, questionOf({ from, to }));
  const over = useReport(kind, days && !days.isWhole ? questionOf(days.over) : undefined);
  const before = useReport(kind, days && questionOf(days.before));
  return { shown, over: days && !days.isWhole ? over : shown, before: days ? before : NONE, days };
}

const NONE: Asked<never, never> = { asking: false };

/** An answer with those that it is compared with. */
export interface Compared<A> {
  answer: A;
  /** Of the days that are over: what is said of a change is said of them. */
  over: A;
  before?: A & Range;
  days?: ComparedDays;
}

/** All of it once all of it is there: numbers of one question never stand beside those of another. */
export function useOnceAllAnswered<A, Q>({ shown, over, before, days }: WithCompared<A, Q>): Asked<Compared<A>, Q> {
  const latest = useRef<Pick<Asked<Compared<A>, Q>, 'answer' | 'answered'>>({});
  const all = [shown, over, before];
  const problem = all.find((one) => one.problem)?.problem;
  const asking = all.some((one) => one.asking);
  if (problem) return { problem, asking: false };
  if (!asking && shown.answer && over.answer && (!days || before.answer))
    latest.current = {
      answer: {
        answer: shown.answer,
        over: over.answer,
        ...(days && { before: { ...before.answer!, ...days.before }, days }),
      },
      answered: shown.answered!,
    };
  const progress = all.find((one) => one.progress !== undefined)?.progress;
  return { ...latest.current, asking, ...(progress !== undefined && { progress }) };
}
