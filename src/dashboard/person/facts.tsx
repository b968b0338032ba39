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
import { money, number, shortDay } from '../format.js';
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

/** A person in numbers. Numbers that reports contain come from the reports, so that they are the same everywhere. */
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
  const { answer, problem } = useReport('overview', { from: day, to: day, ...byIdentity(id) });
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
        {answer ? shortDay(day) : FOLLOWS}
      </dd>
    </div>
  );
}

const BILLED = 'billed';
const AMOUNT = 'Billing Amount';

/** Properties with the currency of an amount. Amounts of different currencies are never added. */
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
  const property = Object.keys(properties).find((name) => CURRENCIES.includes(foldName(name)));
  const currencies = property ? [...new Set(properties[property]!.map(({ value }) => codeOf(value)))] : [];
  const of = (currency: string | null): PropertyTest[] =>
    property ? (currency === null ? [{ property, is: 'never' }] : isOf(property, currency)) : [];
  return (
    <div class="revenue">
      <dt>Revenue</dt>
      {[...currencies, null].map((currency) => (
        <Sum
          key={currency}
          question={{ ...question, where: [{ property: AMOUNT, is: 'any' }, ...of(currency)] }}
          billed={billed}
          currency={currency}
        />
      ))}
    </div>
  );
}

const CODE = /^[a-z]{3}$/i;

/** `EUR` and `eur` are one currency. */
const codeOf = (currency: string): string => (CODE.test(currency) ? currency.toUpperCase() : currency);

/** These two tests ignore case. No value of three letters passes both except the code. */
const isOf = (property: string, currency: string): PropertyTest[] =>
  CODE.test(currency)
    ? [
        { property, begins: currency },
        { property, ends: currency },
      ]
    : [{ property, equals: currency }];

/** @param billed the number of bills; if it changes, the sum is requested again */
function Sum({
  question,
  billed,
  currency,
}: {
  question: TrendQuestion;
  billed: number;
  currency: string | null;
}): ComponentChildren {
  const { answer, problem } = useReport('trend', question);
  useEffect(() => {
    if (answer) askAgainBehind();
  }, [billed]);
  // Nothing was billed in this currency. A sum of 0 is shown: everything that was billed was also refunded.
  if (problem || answer?.people === 0) return null;
  return <dd>{answer ? <Amount total={answer.total ?? 0} currency={currency} /> : FOLLOWS}</dd>;
}

/** An amount. A currency that Intl does not know is shown beside it as it was sent. */
function Amount({ total, currency }: { total: number; currency: string | null }): ComponentChildren {
  if (currency && CODE.test(currency)) return money(total, currency);
  return (
    <>
      {money(total)}
      {currency !== null && (
        <span class="quiet">
          {' '}
          <Text>{currency}</Text>
        </span>
      )}
    </>
  );
}
