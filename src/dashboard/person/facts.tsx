import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Person } from '../../protocol/api.js';
import {
  CUSTOMER_ID,
  MOST_DAYS,
  type Condition,
  type PropertyTest,
  type TrendQuestion,
} from '../../protocol/reports.js';
import { foldName } from '../../protocol/text.js';
import { askAgainBehind, useReport } from '../ask.js';
import { Text } from '../components/text.js';
import { addDays } from '../days.js';
import { money, number, percent, shortDay } from '../format.js';
import { dayOf } from './days.js';

/** The times of a person's first and last hit. */
export interface Seen {
  first: number;
  last: number;
}

interface FactsProps {
  person: Person;
  id: string;
  seen: Seen;
}

/** A person in numbers. The revenue and the first source come from reports, so that they are the same there. */
export function Facts({ person, id, seen }: FactsProps): ComponentChildren {
  return (
    <dl class="facts">
      <div>
        <dt>Visits</dt>
        <dd>
          {number(person.visits.length)}
          {person.partial && <span class="quiet"> at least</span>}
        </dd>
      </div>
      <div>
        <dt>Events</dt>
        <dd>
          {number(person.events.length)}
          {person.partial && <span class="quiet"> at least</span>}
        </dd>
      </div>
      {person.events.some(({ name }) => foldName(name) === BILLED) && <Revenue person={person} id={id} seen={seen} />}
      {person.visits.length > 0 && !person.partial && <FirstSource person={person} id={id} />}
    </dl>
  );
}

const byIdentity = (id: string): { filter: Condition } => ({ filter: { property: CUSTOMER_ID, equals: id } });

/** Reserves the space of a number that is loaded later, so that nothing moves. */
const FOLLOWS = '\u00a0';

/** The source of the first visit, as the overview counts it for that day. */
function FirstSource({ person, id }: Omit<FactsProps, 'seen'>): ComponentChildren {
  const day = dayOf(person.visits[0]!.from);
  const { answer, problem, waits } = useReport('overview', { from: day, to: day, ...byIdentity(id) });
  const channel = answer?.channels[0]?.value;
  const referrer = answer?.referrers[0]?.value;
  if (problem || (answer && !channel)) return null;
  return (
    <div>
      <dt>First source</dt>
      <dd>{channel ? <Text cut>{channel}</Text> : FOLLOWS}</dd>
      <dd class="quiet">
        {referrer && (
          <>
            <Text cut>{referrer}</Text>,{' '}
          </>
        )}
        {answer ? shortDay(day) : waits?.progress === undefined ? FOLLOWS : `Being counted: ${percent(waits.progress)}`}
      </dd>
    </div>
  );
}

const BILLED = 'billed';
const AMOUNT = 'Billing Amount';

/** The most currencies whose sums are shown. Each is a question, and anyone may send thousands of values. */
const MOST_CURRENCIES = 10;

/** Properties with the currency of an amount. A person may have both. Amounts of different currencies are never added. */
const CURRENCIES = ['currency', 'billing currency'];

/** Billed amounts minus refunds, for each currency. */
function Revenue({ person, id, seen }: FactsProps): ComponentChildren {
  const { events, properties, partial } = person;
  const to = dayOf(seen.last);
  const earliest = addDays(to, 1 - MOST_DAYS);
  const first = partial ? earliest : dayOf(seen.first);
  const question: TrendQuestion = {
    ...{ event: 'Billed', count: 'sum', property: AMOUNT, by: 'month' },
    ...{ from: first > earliest ? first : earliest, to },
    ...byIdentity(id),
  };
  const billed = events.filter(({ name }) => foldName(name) === BILLED).length;
  const { withCurrency, without } = testsOf(properties);
  const others = withCurrency.size - MOST_CURRENCIES;
  const asked = (test: PropertyTest[]): TrendQuestion => ({
    ...question,
    where: [{ property: AMOUNT, is: 'any' }, ...test],
  });
  return (
    <div class="revenue">
      <dt>Revenue (Billed)</dt>
      {[...withCurrency].slice(0, MOST_CURRENCIES).map(([currency, tests]) => (
        <Sum key={`in ${currency}`} questions={tests.map(asked)} billed={billed} currency={currency} />
      ))}
      <Sum key="without" questions={[asked(without)]} billed={billed} currency={undefined} />
      {others > 0 && (
        <dd class="quiet">
          and in {number(others)} other {others === 1 ? 'currency' : 'currencies'}
        </dd>
      )}
    </div>
  );
}

const CODE = /^[a-z]{3}$/i;

/**
 * The tests of bills: in each currency, with a list for each property and spelling (`EUR` and `eur` are one currency), and without a
 * currency. A bill with both properties counts by the first, so that it counts once.
 */
function testsOf(properties: Person['properties']): {
  withCurrency: Map<string, PropertyTest[][]>;
  without: PropertyTest[];
} {
  const withCurrency = new Map<string, PropertyTest[][]>();
  const without: PropertyTest[] = [];
  for (const property of Object.keys(properties).filter((name) => CURRENCIES.includes(foldName(name)))) {
    for (const value of new Set(properties[property]!.map((sent) => sent.value))) {
      const currency = CODE.test(value) ? value.toUpperCase() : value;
      const tests = [...without, { property, equals: value }];
      withCurrency.set(currency, [...(withCurrency.get(currency) ?? []), tests]);
    }
    without.push({ property, is: 'never' });
  }
  return { withCurrency, without };
}

interface SumProps {
  /** One for each property and spelling of the currency. */
  questions: TrendQuestion[];
  /** The number of bills; if it changes, the sum is requested again. */
  billed: number;
  /** Undefined for bills without a currency. */
  currency: string | undefined;
  /** The sum of the questions before; undefined if nothing was billed in them. */
  before?: number | undefined;
}

/** Asks one question after the other, and shows the sum of their answers. */
function Sum({ questions, billed, currency, before }: SumProps): ComponentChildren {
  const [question, ...further] = questions;
  const { answer, problem } = useReport('trend', question);
  useEffect(() => {
    if (answer) askAgainBehind();
  }, [billed]);
  if (problem) return null;
  if (!answer) return <dd>{FOLLOWS}</dd>;
  const total = answer.people === 0 ? before : (before ?? 0) + (answer.total ?? 0);
  if (further.length > 0) return <Sum questions={further} billed={billed} currency={currency} before={total} />;
  // Nothing was billed in this currency. A sum of 0 is shown: everything that was billed was also refunded.
  return total === undefined ? null : (
    <dd>
      <Amount total={total} currency={currency} />
    </dd>
  );
}

/** An amount. A currency that Intl does not know is shown beside it as it was sent. */
function Amount({ total, currency }: { total: number; currency: string | undefined }): ComponentChildren {
  if (currency && CODE.test(currency)) return money(total, currency);
  return (
    <>
      {money(total)}
      {currency !== undefined && (
        <span class="quiet">
          {' '}
          <Text>{currency}</Text>
        </span>
      )}
    </>
  );
}
