import type { ComponentChildren } from 'preact';
import type { FunnelAnswer, FunnelQuestion, FunnelStep } from '../../protocol/reports.js';
import type { Compared } from '../compared.js';
import { Text } from '../components/text.js';
import { inDays, duration, number } from '../format.js';
import { share } from './bars.js';
import { conversionOf } from './shares.js';
import { mayBeChance, type Group } from './verdict.js';

/** The sentence above the chart: how many people did all steps, compared with the days before. */
export function Headline({
  compared,
  question,
}: {
  compared: Compared<FunnelAnswer>;
  question: FunnelQuestion;
}): ComponentChildren {
  const { before } = compared;
  const { steps, wholeMedianSeconds: seconds } = compared.answer;
  const [first, last] = [steps[0]!, steps.at(-1)!];
  const [now, then] = [conversionOf(compared.over.steps), before && conversionOf(before.steps)];
  // Compared as they are written: nobody could understand “down from 6.8%” beside 6.8%.
  const differs = now !== undefined && before && shareOfAll(compared.over) !== shareOfAll(before);
  const way = now !== undefined && then !== undefined && now < then ? 'Down' : 'Up';
  // As long as the time limit of some people has not ended, the share can only grow: nobody knows whether it is smaller than before.
  const isFinal = compared.over.open === 0 || way === 'Up';
  // If steps may be skipped, the people of the last step are no part of those of the first.
  const isChance =
    before && !question.skip && isFinal
      ? mayBeChance(groupOf('now', compared.over.steps), groupOf('before', before.steps))
      : undefined;
  // The numbers above include today, but the days before are compared with the days that are over.
  const withoutToday =
    compared.days?.isWhole === false && now !== undefined && `${shareOfAll(compared.over)} without today, `;
  const ofThem = `${number(last.people)} of ${number(first.people)} people`;
  if (steps.length === 1)
    return (
      <div class="headline" aria-live="polite" aria-atomic="true">
        <p>
          <strong class="large">{number(first.people)}</strong> {first.people === 1 ? 'person' : 'people'} did{' '}
          <Text strong>{first.event}</Text>
        </p>
        <p class="quiet">Add a step to see how many of them go on.</p>
      </div>
    );
  return (
    <div class="headline" aria-live="polite" aria-atomic="true">
      <p>
        <strong class="large">{share(last.people, first.people)}</strong>
        {question.skip ? (
          <>
            : {number(last.people)} people did <Text strong>{last.event}</Text>, and {number(first.people)} did{' '}
            <Text strong>{first.event}</Text>
          </>
        ) : (
          <>
            {' '}
            did all steps: {ofThem}, from <Text strong>{first.event}</Text> to <Text strong>{last.event}</Text>
          </>
        )}
        {/* Undefined if the answer is of an older collector beside this one. */}
        {seconds != null && (
          <>
            , half of {question.skip ? 'those who did both' : 'them'}{' '}
            {seconds < 1 ? 'at once' : `within ${duration(seconds)}`}
          </>
        )}
      </p>
      {before && then === undefined && <p class="quiet">Nobody did the first step {inDays(before)}</p>}
      {before && then !== undefined && (
        <p class="quiet">
          {withoutToday}
          {differs && (
            <span class={isChance === false ? way.toLowerCase() : undefined}>
              {withoutToday ? way.toLowerCase() : way} from{' '}
            </span>
          )}
          {shareOfAll(before)} {inDays(before)}: {number(before.steps.at(-1)!.people)} of{' '}
          {number(before.steps[0]!.people)}
          {isChance && differs && '. The difference may be chance.'}
        </p>
      )}
    </div>
  );
}

/** The people who did all steps, as a share of the people who did the first step. */
const shareOfAll = ({ steps }: Pick<FunnelAnswer, 'steps'>): string => share(steps.at(-1)!.people, steps[0]!.people);

const groupOf = (value: string, steps: readonly FunnelStep[]): Group => ({
  value,
  began: steps[0]!.people,
  done: steps.at(-1)!.people,
});
