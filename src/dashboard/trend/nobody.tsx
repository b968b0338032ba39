import type { ComponentChildren } from 'preact';
import type { TrendAnswer, TrendQuestion } from '../../protocol/reports.js';
import type { Compared } from '../compared.js';
import { StepInWords } from '../conditions.js';
import { MoreDays } from '../components/more-days.js';
import { Empty } from '../components/states.js';
import { Text } from '../components/text.js';
import { number } from '../format.js';
import { setView } from '../view.js';
import { choose } from './question.js';

/**
 * Whether there is nothing to draw. Not if values were skipped because they are not numbers: the page then says so.
 * @param isSent whether the event is sent with the property whose values are added: then an answer of 0 may be the sum of numbers
 */
export function isNothing(
  { answer: { rows, skipped, people }, before }: Compared<TrendAnswer>,
  { count }: Pick<TrendQuestion, 'count'>,
  isSent: boolean,
): boolean {
  const none = (some: TrendAnswer['rows'] = []): boolean =>
    some.every(({ value }) => (count === 'average' ? value === null : !value));
  return none(rows) && none(before?.rows) && !skipped && !(count === 'sum' && people && isSent);
}

interface NobodyProps {
  question: TrendQuestion;
  /** The properties of the event that are probably amounts. */
  amounts: string[] | undefined;
  /** How many people did the event, whatever its properties are. */
  people: number | undefined;
  isFiltered: boolean;
}

export function Nobody({ question, amounts = [], people = 0, isFiltered }: NobodyProps): ComponentChildren {
  const { property } = question;
  const others = amounts.filter((name) => name !== property);
  return (
    <Empty title="Nothing to count in these days">
      <p>
        Nobody{isFiltered && ' of these people'} did <StepInWords step={question} />
        {property !== undefined && (
          <>
            {' '}
            with a number in <Text strong>{property}</Text>
          </>
        )}
        .
      </p>
      {property !== undefined && people > 0 && (
        <p>
          {number(people)} {people === 1 ? 'person' : 'people'} did it, but no hit of it has the property{' '}
          <Text strong>{property}</Text> in these days.
        </p>
      )}
      <p class="actions center">
        {others.slice(0, 3).map((name, at) => (
          <button
            key={name}
            type="button"
            class={at === 0 ? 'primary' : undefined}
            onClick={() => choose({ property: name })}
          >
            Use <Text>{name}</Text>
          </button>
        ))}
        <MoreDays primary={others.length === 0} />
        {question.where && (
          <button type="button" onClick={() => choose({ where: [] })}>
            Remove the conditions on the event
          </button>
        )}
        {isFiltered && (
          <button type="button" onClick={() => setView({ filter: [] })}>
            Count everybody
          </button>
        )}
      </p>
    </Empty>
  );
}
