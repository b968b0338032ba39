import type { Bucket, TrendAnswer, TrendQuestion, TrendSeries } from '../../../src/protocol/reports.js';
import { periodsOf } from '../../../src/collector/reports/days.js';
import { countedPeople, isStep } from './conditions.js';
import { attributed, groupedBy, rowsOf, transformed } from './splits.js';
import { channelsOf } from './sources.js';
import { cellOf, isWithin, numberOf, unknown, valueIn } from './world.js';
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

  const channels =
    'source' in split ? channelsOf(new Set(counted.map(({ person }) => person)), split, question, world) : undefined;
  const groups = groupedBy(counted, ({ person, hit }) =>
    'source' in split
      ? (channels!.get(person) ?? null)
      : transformed(attributed(person, hit, split.property, split.attribution, question, world), split.transform),
  );
  const { rows, rest } = rowsOf(groups, (items) => metric(items, question));
  return {
    ...answer,
    split: rows.map(([value, items]) => ({ value, ...seriesOf(items, question, world), cell: cell(items) })),
    ...(rest && { rest: { ...seriesOf(rest, question, world), cell: cell(rest) } }),
  };
}

/** The people behind a sum are all who did the event. */
const cell = (counted: Counted[]): string => cellOf(counted.map(({ person }) => person));

function numberIn(hit: OwnHit, property: string): number | undefined {
  const value = valueIn(hit, property);
  return value === undefined ? undefined : numberOf(value);
}

function seriesOf(counted: Counted[], question: TrendQuestion, world: World): TrendSeries {
  const { timeZone, asOf } = world;
  const { by } = question;
  if (by === 'weekday') return { total: metric(counted, question), rows: weekdays(counted, question, world) };
  if (by !== 'day' && by !== 'week' && by !== 'month') return unknown(by);
  const periods = periodsOf(question.from, question.to, by, timeZone);
  const rows = periods.map(({ start, from, until }): Bucket => {
    const items = counted.filter(({ hit }) => from <= hit.time && hit.time < until);
    return { start, value: metric(items, question), ...(until > asOf && { open: true }), cell: cell(items) };
  });
  return { total: metric(counted, question), rows };
}

/** Each weekday: what happened on its days, divided by their number; only days that are over, if there are any. */
function weekdays(counted: Counted[], question: TrendQuestion, { timeZone, asOf }: World): Bucket[] {
  const days = periodsOf(question.from, question.to, 'day', timeZone).filter(({ from, until }) => from < until);
  return ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'].map((start, index): Bucket => {
    const all = days.filter((day) => new Date(`${day.start}T00:00Z`).getUTCDay() === (index + 1) % 7);
    const over = all.filter(({ until }) => until <= asOf);
    const its = over.length > 0 ? over : all.slice(0, 1);
    const inDay = its.map(({ from, until }) => counted.filter(({ hit }) => from <= hit.time && hit.time < until));
    const ofDays = inDay.map((items) => metric(items, question) ?? 0);
    const mean = its.length === 0 ? null : ofDays.reduce((sum, one) => sum + one, 0) / its.length;
    const value = question.count === 'average' ? metric(inDay.flat(), question) : mean;
    return { start, value, ...(all.length > 0 && over.length === 0 && { open: true }), cell: cell(inDay.flat()) };
  });
}

function metric(counted: Counted[], { count, property }: TrendQuestion): number | null {
  if (count === 'people') return new Set(counted.map(({ person }) => person)).size;
  if (count === 'times') return counted.length;
  if (count !== 'sum' && count !== 'average') return unknown(count);
  const numbers = counted.map(({ hit }) => numberIn(hit, property!)).filter((number) => number !== undefined);
  const sum = numbers.reduce((all, one) => all + one, 0);
  if (count === 'sum') return sum;
  return numbers.length === 0 ? null : sum / numbers.length;
}
