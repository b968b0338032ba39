import type { BreakdownAnswer, BreakdownQuestion, BreakdownValue } from '../../../src/protocol/reports.js';
import { countedPeople } from './conditions.js';
import { attributed, groupedBy } from './splits.js';
import { cellOf, compareTexts, isEvent, isWithin, valueIn } from './world.js';
import type { Person, World } from './world.js';

interface Counted {
  person: Person;
  value: string | null;
}

export function breakdown(question: BreakdownQuestion, world: World): Omit<BreakdownAnswer, 'asOf'> {
  const { property, event, attribution } = question;
  const counted: Counted[] = [];
  for (const person of countedPeople(world, question)) {
    for (const hit of person.hits) {
      if (!isWithin(hit, question, world)) continue;
      if (event !== undefined && !isEvent(hit, event)) continue;
      if (attribution) {
        counted.push({ person, value: attributed(person, hit, property, attribution, question, world) });
      } else {
        const value = valueIn(hit, property);
        if (value !== undefined) counted.push({ person, value });
      }
    }
  }
  return { values: valuesOf(counted).slice(0, 10_000) };
}

/** Values of most people first; with the same number of people, in the order of their texts. */
export function valuesOf(counted: Counted[]): BreakdownValue[] {
  return [...groupedBy(counted, ({ value }) => value)]
    .map(([value, items]) => {
      const people = new Set(items.map(({ person }) => person));
      return { value, people: people.size, times: items.length, cell: cellOf(people) };
    })
    .sort((a, b) => b.people - a.people || compareNames(a.value, b.value));
}

/** The missing value comes first. */
function compareNames(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  return compareTexts(a, b);
}
