import { useRef } from 'preact/hooks';
import type { Range, Reports } from '../protocol/reports.js';
import { useReport, type Asked } from './ask.js';
import { comparedDays, type ComparedDays } from './compared-days.js';
import type { View } from './view.js';

/** Kinds of reports that can be compared with other days. */
type Kind = 'overview' | 'trend' | 'funnel';

export interface WithCompared<A, Q> {
  /** The answer for all days that are shown. */
  shown: Asked<A, Q>;
  /** The answer for the days that are over. */
  over: Asked<A, Q>;
  before: Asked<A, Q>;
  days: ComparedDays | undefined;
}

/**
 * Asks a question for the days that are shown, and separately for the days that are compared: the filter may depend on the days of
 * the question.
 * @param questionOf undefined to ask nothing
 * @param isCompared whether to ask for the compared days
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

/** An answer, with the answers for the comparison. */
export interface Compared<A, Q = unknown> {
  answer: A;
  /** The questions of all answers, the shown days first. */
  questions: Q[];
  /** The answer for the days that are over. Changes are computed from these days. */
  over: A;
  before?: A & Range;
  days?: ComparedDays;
}

/** The questions of all answers, each once. */
export const questionsOf = <A, Q>({ shown, over, before }: WithCompared<A, Q>): Q[] =>
  [...new Set([shown, over, before])].flatMap(({ answered }) => (answered === undefined ? [] : [answered]));

/** Returns answers only when all of them are there, so that numbers of different questions are never shown together. */
export function useOnceAllAnswered<A, Q>({ shown, over, before, days }: WithCompared<A, Q>): Asked<Compared<A, Q>, Q> {
  const latest = useRef<Pick<Asked<Compared<A, Q>, Q>, 'answer' | 'answered'>>({});
  const all = [shown, over, before];
  const problem = all.find((one) => one.problem)?.problem;
  const asking = all.some((one) => one.asking);
  if (problem) return { problem, asking: false };
  if (!asking && shown.answer && over.answer && (!days || before.answer))
    latest.current = {
      answer: {
        answer: shown.answer,
        questions: questionsOf({ shown, over, before, days }),
        over: over.answer,
        ...(days && { before: { ...before.answer!, ...days.before }, days }),
      },
      answered: shown.answered!,
    };
  const waits = all.find((one) => one.waits)?.waits;
  return { ...latest.current, asking, ...(waits && { waits }) };
}
