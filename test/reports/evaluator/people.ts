import type { PeopleAnswer, PeopleColumn, PeopleQuestion } from '../../../src/protocol/reports.js';
import { countedPeople, isStep } from './conditions.js';
import { compareTexts, isWithin, numberOf, valueIn } from './world.js';
import type { Person, World } from './world.js';

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
  if (!('event' in column)) {
    const hits = within.filter((hit) => valueIn(hit, column.property) !== undefined);
    const hit = column.show.startsWith('first') ? hits[0] : hits.at(-1);
    if (!hit) return null;
    return column.show.endsWith('value') ? valueIn(hit, column.property)! : hit.time;
  }
  const hits = within.filter((hit) => isStep(hit, column));
  if (column.show === 'times') return hits.length;
  if ('property' in column) {
    const values = hits.map((hit) => numberOf(valueIn(hit, column.property) ?? '')).filter((one) => one !== undefined);
    if (values.length === 0) return null;
    const sum = values.reduce((all, one) => all + one, 0);
    return column.show === 'sum' ? sum : sum / values.length;
  }
  return (column.show === 'first' ? hits[0] : hits.at(-1))?.time ?? null;
}

/** Smallest first, missing values before all others. */
export function compareCells(a: string | number | null, b: string | number | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return typeof a === 'number' ? a - (b as number) : compareTexts(a, b as string);
}
