import type { ComponentChildren } from 'preact';
import type { FunnelAnswer, FunnelQuestion } from '../../protocol/reports.js';
import type { Compared } from '../compared.js';
import { Text } from '../components/text.js';
import { days, number } from '../format.js';
import { share } from './bars.js';
import { conversionOf } from './shares.js';

/** The sentence above the chart: how many people did all steps, compared with the days before. */
export function Headline({
  compared,
  question,
}: {
  compared: Compared<FunnelAnswer>;
  question: FunnelQuestion;
}): ComponentChildren {
  const { before } = compared;
  const { steps } = compared.answer;
  const [first, last] = [steps[0]!, steps.at(-1)!];
  const [now, then] = [conversionOf(compared.over.steps), before && conversionOf(before.steps)];
  const ofThem = `${number(last.people)} of ${number(first.people)} people`;
  if (steps.length === 1)
    return (
      <div class="headline">
        <p>
          <strong class="large">{number(first.people)}</strong> people did <Text strong>{first.event}</Text>
        </p>
        <p class="quiet">Add a step to see how many of them go on.</p>
      </div>
    );
  return (
    <div class="headline">
      <p>
        <strong class="large">{share(last.people, first.people)}</strong>{' '}
        {question.skip ? (
          <>
            is {number(last.people)} people at <Text strong>{last.event}</Text> beside {number(first.people)} at{' '}
            <Text strong>{first.event}</Text>
          </>
        ) : (
          <>
            went all the way: {ofThem}, from <Text strong>{first.event}</Text> to <Text strong>{last.event}</Text>
          </>
        )}
      </p>
      {before && then === undefined && <p class="quiet">Nobody began in {days(before)}</p>}
      {before && then !== undefined && (
        <p class="quiet">
          {now !== undefined && now !== then && (
            <span class={now < then ? 'down' : 'up'}>{now < then ? 'Down' : 'Up'} from </span>
          )}
          {share(before.steps.at(-1)!.people, before.steps[0]!.people)} in {days(before)}:{' '}
          {number(before.steps.at(-1)!.people)} of {number(before.steps[0]!.people)}
          {!compared.days!.isWhole && ', without today'}
        </p>
      )}
    </div>
  );
}
