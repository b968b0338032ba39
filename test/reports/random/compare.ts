import { expect } from 'vitest';
import type { PeopleAnswer, PeopleQuestion, ReportKind, Reports } from '../../../src/protocol/reports.js';
import { evaluate } from '../evaluator.js';
import { compareCells } from '../evaluator/people.js';
import { compareTexts, type World } from '../evaluator/world.js';
import type { AskedSite } from '../sites-database.js';

/**
 * Compares an engine's answer with the evaluator's.
 * @param cells for one of so many numbers of the answer, the list of the people behind the number is compared as well
 */
export async function expectSameAnswer<K extends ReportKind>(
  kind: K,
  question: Reports[K]['question'],
  site: AskedSite,
  world: World,
  cells = 1,
): Promise<void> {
  const expected = evaluate(kind, question, world);
  if (kind === 'people') {
    await expectSamePeople(question as PeopleQuestion, site, expected as PeopleAnswer);
    return;
  }
  const found = await site.ask(kind, question);
  const wanted: string[] = [];
  const expectedNumbers = withoutCells(inOrder(kind, expected), (cell) => wanted.push(cell));
  const given: string[] = [];
  const foundNumbers = withoutCells(inOrder(kind, found), (cell) => given.push(cell));
  expect(foundNumbers).toEqual(expectedNumbers);
  expect(given.length).toBe(wanted.length);
  for (let index = given.length % cells; index < given.length; index += cells) {
    const { people } = await site.ask('people', { cell: given[index]!, limit: 1000 });
    const names = people.map(({ identities }) => identities[0]!).sort(compareTexts);
    expect(names, `the people of ${Buffer.from(given[index]!, 'base64url').toString()}`).toEqual(
      JSON.parse(wanted[index]!),
    );
  }
}

/** An answer that is the same from every engine: without its cells, and with one order where there may be any. */
export function comparable<K extends ReportKind>(kind: K, answer: Reports[K]['answer']): unknown {
  if (kind !== 'people') return withoutCells(inOrder(kind, answer), () => undefined);
  const { people, ...rest } = answer as PeopleAnswer;
  return { ...rest, people: rounded(people), next: null };
}

/** The names of an answer in one order: an engine may return them in any order. */
function inOrder<K extends ReportKind>(kind: K, answer: Reports[K]['answer']): unknown {
  if (kind !== 'names') return answer;
  const { events, properties, ...rest } = answer as Reports['names']['answer'];
  const byName = (a: { name: string }, b: { name: string }): number => compareTexts(a.name, b.name);
  return { ...rest, events: events.toSorted(byName), properties: properties.toSorted(byName) };
}

/** An answer without its cells, with its members in the order of their names; engines add sums in another order. */
function withoutCells(answer: unknown, take: (cell: string) => void): unknown {
  if (typeof answer === 'number') return Number(answer.toPrecision(10)) + 0;
  if (Array.isArray(answer)) return answer.map((one) => withoutCells(one, take));
  if (answer === null || typeof answer !== 'object') return answer;
  const members = Object.entries(answer)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => compareTexts(a, b));
  const isCell = (name: string): boolean => name === 'cell' || name === 'newCell';
  for (const [name, value] of members) if (isCell(name)) take(value as string);
  return Object.fromEntries(
    members.filter(([name]) => !isCell(name)).map(([name, value]) => [name, withoutCells(value, take)]),
  );
}

/** All pages of an answer together contain everybody once, in order; people with equal values may be in any order. */
async function expectSamePeople(question: PeopleQuestion, site: AskedSite, expected: PeopleAnswer): Promise<void> {
  const people: PeopleAnswer['people'] = [];
  let next: string | null = null;
  do {
    const page: PeopleAnswer = await site.ask('people', { ...question, ...(next !== null && { after: next }) });
    expect({ ...page, people: [], next: null }).toEqual({ ...expected, people: [], next: null });
    expect(page.people.length).toBe(Math.min(question.limit, expected.total - people.length));
    people.push(...page.people);
    next = page.next;
  } while (next !== null && people.length < expected.total);
  expect(next).toBe(null);
  expect(rounded(people)).toEqual(rounded(expected.people));

  const { sort } = question;
  for (const [index, person] of people.entries()) {
    const before = people[index - 1];
    if (!before) continue;
    if (sort?.column === undefined) {
      const [later, earlier] = !sort || sort.descending ? [before, person] : [person, before];
      expect(later.lastSeen).toBeGreaterThanOrEqual(earlier.lastSeen);
    } else {
      const [one, other] = [before.columns[sort.column]!, person.columns[sort.column]!];
      expect(compareCells(one, other, sort.descending === true)).toBeLessThanOrEqual(0);
    }
  }
}

/** People by their first identity. Sums are rounded, since an engine adds in another order. */
const rounded = (people: PeopleAnswer['people']): unknown => withoutCells(byFirstIdentity(people), () => undefined);

const byFirstIdentity = (people: PeopleAnswer['people']): PeopleAnswer['people'] =>
  people.toSorted((a, b) => compareTexts(a.identities[0]!, b.identities[0]!));
