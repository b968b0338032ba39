import type { PeopleAnswer, PeopleColumn, PeopleQuestion, Step } from '../../../src/protocol/reports.js';
import { countedPeople, isStep } from './conditions.js';
import { compareTexts, isWithin, numberOf, unknown, valueIn } from './world.js';
import type { OwnHit, Person, World } from './world.js';

/** All of them, sorted. The test has to put pages together, and to order people with equal values. */
export function people(question: PeopleQuestion, world: World): Omit<PeopleAnswer, 'asOf'> {
  const rows = countedPeople(world, question).map((person) => ({
    identities: person.identities,
    customerIds: person.identities.filter((name) => person.hits.some(({ customer }) => customer === name)),
    lastSeen: person.hits.at(-1)!.time,
    columns: (question.columns ?? []).map((column) => cellIn(person, column, question, world)),
  }));
  return { total: rows.length, people: rows, next: null };
}

function cellIn(person: Person, column: PeopleColumn, question: PeopleQuestion, world: World): string | number | null {
  const within = person.hits.filter((hit) => isWithin(hit, question, world));
  switch (column.show) {
    case 'times':
      return stepsIn(within, column).length;
    case 'first':
      return stepsIn(within, column)[0]?.time ?? null;
    case 'last':
      return stepsIn(within, column).at(-1)?.time ?? null;
    case 'sum':
      return sumOf(numbersIn(within, column));
    case 'average': {
      const numbers = numbersIn(within, column);
      const sum = sumOf(numbers);
      return sum === null ? null : sum / numbers.length;
    }
    case 'first value':
      return valuesIn(within, column)[0]?.value ?? null;
    case 'last value':
      return valuesIn(within, column).at(-1)?.value ?? null;
    case 'first time':
      return valuesIn(within, column)[0]?.time ?? null;
    case 'last time':
      return valuesIn(within, column).at(-1)?.time ?? null;
    default:
      return unknown(column);
  }
}

const stepsIn = (hits: OwnHit[], step: Step): OwnHit[] => hits.filter((hit) => isStep(hit, step));

const numbersIn = (hits: OwnHit[], column: Step & { property: string }): number[] =>
  stepsIn(hits, column)
    .map((hit) => numberOf(valueIn(hit, column.property) ?? ''))
    .filter((number) => number !== undefined);

const sumOf = (numbers: number[]): number | null =>
  numbers.length === 0 ? null : numbers.reduce((all, one) => all + one, 0);

const valuesIn = (hits: OwnHit[], { property }: { property: string }): { value: string; time: number }[] =>
  hits.flatMap((hit) => {
    const value = valueIn(hit, property);
    return value === undefined ? [] : [{ value, time: hit.time }];
  });

/** Numbers, then other texts, smallest first; with `descending` the other way round. Missing values are last in both. */
export function compareCells(a: string | number | null, b: string | number | null, descending: boolean): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? 1 : -1;
  const order = typeof a === 'number' ? a - (b as number) : compareValues(a, b as string);
  return descending ? -order : order;
}

function compareValues(a: string, b: string): number {
  const [one, other] = [numberOf(a), numberOf(b)];
  if (one !== undefined && other !== undefined) return one - other || compareTexts(a, b);
  if (one === other) return compareTexts(a, b);
  return one === undefined ? 1 : -1;
}
