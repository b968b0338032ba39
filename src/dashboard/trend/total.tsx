import type { ComponentChildren } from 'preact';
import type { TrendAnswer, TrendQuestion } from '../../protocol/reports.js';
import { areEnough, certainlyChanged, variationOf } from '../chance.js';
import type { Compared } from '../compared.js';
import { StepInWords } from '../conditions.js';
import { Text } from '../components/text.js';
import { change, inDays, number } from '../format.js';
import { peopleBehind } from './people-behind.js';

/** A number as text; “–” for an average of no values. */
export const numberOrDash = (value: number | null): string => (value === null ? '–' : number(value));

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
        <a href={peopleBehind(cell, question, question)} aria-label={`${question.count}: ${numberOrDash(total)}`}>
          <strong class="large">{numberOrDash(total)}</strong>
        </a>{' '}
        <Counted question={question} total={total} />
        <Each answer={answer} question={question} />
      </p>
      {before && (
        <p class="quiet">
          {changed !== undefined && (
            <>
              {/* The number above includes today. Without the compared number, the change would not fit it. */}
              {!compared!.isWhole && `${number(over.total!)} without today, `}
              {/* Not green or red: of some events more is worse. */}
              {changed} from{' '}
            </>
          )}
          {before.total ? <a href={peopleBehind(before.cell, question, before)}>{number(before.total)}</a> : 'None'}{' '}
          {inDays(before)}
          {changed !== undefined && mayBeChance(question, over, before) && '. The difference may be chance.'}
        </p>
      )}
    </div>
  );
}

/**
 * Whether the numbers of people of both ranges differ by no more than chance. Only numbers of people by day say how much they vary: of
 * anything else nothing is said.
 */
function mayBeChance({ by, count }: TrendQuestion, over: TrendAnswer, before: TrendAnswer): boolean {
  if (by !== 'day' || count !== 'people' || over.total === before.total) return false;
  // People are counted once, so they do not grow in proportion to the days.
  if (over.rows.length !== before.rows.length) return false;
  const daysOf = ({ rows }: TrendAnswer) => rows.map(({ start, value }) => ({ start, count: value ?? 0 }));
  const variation = variationOf(daysOf(over), daysOf(before));
  const pair = { now: over.total ?? 0, before: before.total ?? 0 };
  if (!variation || !areEnough(pair, variation.share)) return false;
  return certainlyChanged([pair], variation, pair.now + pair.before).length === 0;
}

/** How much there is of each person, for numbers that can be divided by people. */
function Each({
  answer: { total, people },
  question,
}: {
  answer: TrendAnswer;
  question: TrendQuestion;
}): ComponentChildren {
  if (!total || !people || question.count === 'average') return null;
  return (
    <span class="quiet">
      {' '}
      {question.count === 'sum' ? 'from' : 'by'} {number(people)} {people === 1 ? 'person' : 'people'}
      {people > 1 && `, on average ${number(total / people)} each`}
    </span>
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
