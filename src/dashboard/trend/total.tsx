import type { ComponentChildren } from 'preact';
import type { TrendAnswer, TrendQuestion } from '../../protocol/reports.js';
import type { Compared } from '../compared.js';
import { StepInWords } from '../conditions.js';
import { Text } from '../components/text.js';
import { change, days, number } from '../format.js';
import { peopleAddress } from '../view.js';

/** A number as text; “–” for an average of no values. */
export const numberOr = (value: number | null): string => (value === null ? '–' : number(value));

/** The number of the whole range, in words, compared with the days before. */
export function Total({
  compared: { answer, over, before, days: compared },
  question,
}: {
  compared: Compared<TrendAnswer>;
  question: TrendQuestion;
}): ComponentChildren {
  const { total, cell } = answer;
  const changed = before && over.total !== null && before.total !== null ? change(before.total, over.total) : undefined;
  return (
    <div class="headline" aria-live="polite" aria-atomic="true">
      <p>
        <a href={peopleAddress(cell)}>
          <strong class="large">{numberOr(total)}</strong>
        </a>{' '}
        <Counted question={question} total={total} />
      </p>
      {before && (
        <p class="quiet">
          {changed !== undefined && (
            <>
              <span class={over.total! < before.total! ? 'down' : 'up'}>{changed}</span> from{' '}
            </>
          )}
          {before.total ? <a href={peopleAddress(before.cell)}>{number(before.total)}</a> : 'None'} in {days(before)}
          {!compared!.isWhole && ', without today'}
        </p>
      )}
    </div>
  );
}

function Counted({ question, total }: { question: TrendQuestion; total: number | null }): ComponentChildren {
  const { count, property = '' } = question;
  const step = <StepInWords step={question} />;
  if (count === 'people')
    return (
      <>
        {total === 1 ? 'person' : 'people'} did {step}
      </>
    );
  if (count === 'times')
    return (
      <>
        {total === 1 ? 'time' : 'times'} {step}
      </>
    );
  return (
    <>
      is the {count} of <Text strong>{property}</Text> of {step}
    </>
  );
}
