import type { Bucket, TrendAnswer, TrendQuestion, TrendSeries } from '../../../src/protocol/reports.js';
import { periodsOf } from '../../../src/collector/reports/days.js';
import { countedPeople, isStep } from './conditions.js';
import { attributed, groupedBy, rowsOf, transformed } from './splits.js';
import { cellOf, isWithin, numberOf, valueIn } from './world.js';
import type { OwnHit, Person, World } from './world.js';

interface Counted {
  person: Person;
  hit: OwnHit;
}

export function trend(question: TrendQuestion, world: World): Omit<TrendAnswer, 'asOf'> {
  const counted: Counted[] = [];
  for (const person of countedPeople(world, question)) {
    for (const hit of person.hits) {
      if (isStep(hit, question) && isWithin(hit, question, world)) counted.push({ person, hit });
    }
  }
  const { split, count, property } = question;
  const values = counted.map(({ hit }) => valueIn(hit, property ?? '')).filter((value) => value !== undefined);
  const answer = {
    ...seriesOf(counted, question, world),
    cell: cell(counted),
    ...(count !== 'people' && { people: new Set(counted.map(({ person }) => person)).size }),
    ...((count === 'sum' || count === 'average') && {
      skipped: values.filter((value) => numberOf(value) === undefined).length,
    }),
  };
  if (!split) return answer;

  const groups = groupedBy(counted, ({ person, hit }) =>
    transformed(attributed(person, hit, split.property, split.attribution, question, world), split.transform),
  );
  const { rows, rest } = rowsOf(groups, (items) => metric(items, question));
  return {
    ...answer,
    split: rows.map(([value, items]) => ({ value, ...seriesOf(items, question, world), cell: cell(items) })),
    ...(rest && { rest: { ...seriesOf(rest, question, world), cell: cell(rest) } }),
  };
}

/** Behind a sum is everybody who did the event. */
const cell = (counted: Counted[]): string => cellOf(counted.map(({ person }) => person));

function numberIn(hit: OwnHit, property: string): number | undefined {
  const value = valueIn(hit, property);
  return value === undefined ? undefined : numberOf(value);
}

function seriesOf(counted: Counted[], question: TrendQuestion, { timeZone, asOf }: World): TrendSeries {
  const periods = periodsOf(question.from, question.to, question.by, timeZone);
  const rows = periods.map(({ start, from, until }): Bucket => {
    const items = counted.filter(({ hit }) => from <= hit.time && hit.time < until);
    return { start, value: metric(items, question), ...(until > asOf && { open: true }), cell: cell(items) };
  });
  return { total: metric(counted, question), rows };
}

function metric(counted: Counted[], { count, property }: TrendQuestion): number | null {
  if (count === 'people') return new Set(counted.map(({ person }) => person)).size;
  if (count === 'times') return counted.length;
  const numbers = counted.map(({ hit }) => numberIn(hit, property!)).filter((number) => number !== undefined);
  const sum = numbers.reduce((all, one) => all + one, 0);
  if (count === 'sum') return sum;
  return numbers.length === 0 ? null : sum / numbers.length;
}
