import type { Name, NamesAnswer, NamesQuestion } from '../../../src/protocol/reports.js';
import { foldName } from '../../../src/protocol/text.js';
import { countedPeople } from './conditions.js';
import { cellOf, isEvent, isWithin } from './world.js';
import type { OwnHit, Person, World } from './world.js';

interface Use {
  name: string;
  person: Person;
  hit: OwnHit;
}

export function names(question: NamesQuestion, world: World): Omit<NamesAnswer, 'asOf'> {
  const events: Use[] = [];
  const properties: Use[] = [];
  for (const person of countedPeople(world, question)) {
    for (const hit of person.hits) {
      if (!isWithin(hit, question, world)) continue;
      if (question.event !== undefined && !isEvent(hit, question.event)) continue;
      if (hit.event !== null) events.push({ name: hit.event, person, hit });
      for (const name of Object.keys(hit.properties)) properties.push({ name, person, hit });
    }
  }
  const hits = world.hits.toSorted((a, b) => a.hit - b.hit);
  return {
    events: namesOf(
      events,
      hits.flatMap(({ event }) => (event === null ? [] : [event])),
    ),
    properties: namesOf(
      properties,
      hits.flatMap((hit) => Object.keys(hit.properties)),
    ),
  };
}

/** @param spellings all spellings of the site, in the order of their arrival: the first one is the name */
function namesOf(uses: Use[], spellings: string[]): Name[] {
  return [...new Set(uses.map(({ name }) => foldName(name)))].map((folded) => {
    const own = uses.filter(({ name }) => foldName(name) === folded);
    const times = own.map(({ hit }) => hit.time);
    const people = new Set(own.map(({ person }) => person));
    return {
      name: spellings.find((name) => foldName(name) === folded)!,
      people: people.size,
      times: own.length,
      first: Math.min(...times),
      last: Math.max(...times),
      cell: cellOf(people),
    };
  });
}
