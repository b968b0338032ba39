import type { Asked, Days, ReportKind, Reports } from '../../src/protocol/reports.js';
import { rangeBefore } from '../../src/collector/reports/days.js';
import { breakdown } from './evaluator/breakdown.js';
import { funnel } from './evaluator/funnel.js';
import { names } from './evaluator/names.js';
import { overview } from './evaluator/overview.js';
import { people } from './evaluator/people.js';
import { trend } from './evaluator/trend.js';
import { isWithin, visiblePeople, type World } from './evaluator/world.js';

type Evaluator = {
  [K in ReportKind]: (question: Reports[K]['question'], world: World) => Omit<Reports[K]['answer'], 'asOf'>;
};

const EVALUATOR: Evaluator = { trend, funnel, people, breakdown, names, overview };

/**
 * The right answer of each report, by loops over arrays: docs/reports.md implemented a second time, to test the engines. In
 * place of each `cell` it has the people who must be listed for it. It knows no limits and no pages.
 */
export function evaluate<K extends ReportKind>(
  kind: K,
  question: Reports[K]['question'],
  world: World,
): Reports[K]['answer'] {
  const answer = (asked: Reports[K]['question']): object => ({
    ...EVALUATOR[kind](asked, world),
    ...(asked.bots && { excluded: { bots: botsIn(asked, world) } }),
  });
  const { compare, from, to } = question as { compare?: boolean; from: string; to: string };
  const before = compare && rangeBefore({ from, to });
  return {
    asOf: world.asOf,
    ...answer(question),
    ...(before && { before: { ...before, ...answer({ ...question, ...before }) } }),
  } as Reports[K]['answer'];
}

/** People with hits in the range, all of which are hits of bots. */
function botsIn(asked: Asked & Days, world: World): number {
  const countOf = (bots: Asked['bots']): number =>
    visiblePeople(world, { bots }).filter(({ hits }) => hits.some((hit) => isWithin(hit, asked, world))).length;
  return countOf(undefined) - countOf('exclude');
}
