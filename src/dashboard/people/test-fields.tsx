import type { ComponentChildren } from 'preact';
import { useContext } from 'preact/hooks';
import { MOST_DAYS, type Days, type HitTest, type Range } from '../../protocol/reports.js';
import { TestFields } from '../components/test-fields.js';
import { addDays, isDay, today } from '../days.js';
import { timeZone } from '../time-zone.js';
import { anyTestOf, isNegative, partsOf, typedTest, type TypedTest } from '../value-tests.js';
import { useFault } from './faults.js';
import { useFormer } from './former.js';
import { withTest } from './condition-kinds.js';
import { SiteNames } from './names.js';

interface TestProps<T> {
  test: T;
  isOfHit?: boolean;
  /** Values of this event are offered; without it, those of all hits. */
  event?: string;
  /** The days of the condition. */
  days: Days;
  /** The condition is about the last value of each person. */
  isCurrent?: boolean;
  /** The path of the test in the question. */
  at: string;
  onChange: (test: T) => void;
}

/** The fields of a test within a condition. Incomplete tests are kept, and applied together with the others. */
export function OneTest<T extends HitTest>({
  test,
  isOfHit = false,
  event,
  days,
  isCurrent = false,
  at,
  onChange,
}: TestProps<T>): ComponentChildren {
  const { properties } = useContext(SiteNames);
  const typed = typedTest(test);
  const former = useFormer(test);
  const made = (next: TypedTest): T => withTest(test, anyTestOf(next));
  const invalid = {
    property: useFault(`${at}${isNegative(typed.operator) ? '.not' : ''}.property`) !== undefined,
    value: useFault(`${at}.${typed.operator}`) !== undefined,
  };
  return (
    <TestFields
      typed={typed}
      properties={properties}
      isOfHit={isOfHit}
      of={{
        ...rangeIn(days),
        ...(event !== undefined && { event }),
        ...(isCurrent && { attribution: 'last ever' }),
        bots: 'exclude',
      }}
      invalid={invalid}
      onType={(next) =>
        onChange(
          next.operator === typed.operator
            ? made(next)
            : former((from) => made({ ...typedTest(from), operator: next.operator })),
        )
      }
    />
  );
}

/** The days of a condition, with as many days as a question may have where the condition has no limit. A typed day may be incomplete. */
function rangeIn({ from, to }: Days): Range {
  const last = isDay(to) ? to : today(timeZone());
  return { from: isDay(from) ? from : addDays(last, 1 - MOST_DAYS), to: last };
}

/** The fields for tests of an event's own properties. */
export function WhereFields({
  event,
  days,
  where = [],
  at,
  onChange,
}: {
  event: string;
  days: Days;
  where?: HitTest[] | undefined;
  at: string;
  onChange: (where: HitTest[] | undefined) => void;
}): ComponentChildren {
  const { properties } = useContext(SiteNames);
  const first = properties[0]?.name ?? '';
  return (
    <>
      {where.map((test, index) => (
        <span key={index} class="fields">
          <span class="word">{index ? 'and' : 'with'}</span>
          <OneTest
            test={test}
            isOfHit
            event={event}
            days={days}
            at={`${at}.where[${index}]`}
            onChange={(changed) => onChange(where.map((one, other) => (other === index ? changed : one)))}
          />
          <button
            type="button"
            class="plain"
            aria-label={`Remove “with ${partsOf(test).property}”`}
            onClick={() => onChange(where.length > 1 ? where.filter((_, other) => other !== index) : undefined)}
          >
            ×
          </button>
        </span>
      ))}
      <button type="button" class="plain" onClick={() => onChange([...where, { property: first, contains: '' }])}>
        {where.length ? '+ and with' : '+ with'}
      </button>
    </>
  );
}
