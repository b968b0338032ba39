import type { OverviewAnswer, OverviewQuestion } from '../../../src/protocol/reports.js';
import { foldName } from '../../../src/protocol/text.js';
import { periodsOf } from '../../../src/collector/reports/days.js';
import { valuesOf } from './breakdown.js';
import { referringDomain } from './channels.js';
import { countedPeople } from './conditions.js';
import { names } from './names.js';
import { pagesSeen } from './pages.js';
import { channelsIn, visitsIn } from './sources.js';
import { visitsOf } from './visits.js';
import { cellOf, isWithin } from './world.js';
import type { OwnHit, Person, World } from './world.js';

const NOW_SECONDS = 300;

export function overview(question: OverviewQuestion, world: World): Omit<OverviewAnswer, 'asOf'> {
  const { timeZone, asOf } = world;
  const all = countedPeople(world, question);
  const rows = periodsOf(question.from, question.to, 'day', timeZone).map(({ start, from, until }) => {
    const { people, visits, newPeople } = during(all, ({ time }) => from <= time && time < until);
    return {
      start,
      people: people.length,
      visits,
      newPeople: newPeople.length,
      ...(until > asOf && { open: true as const }),
      cell: cellOf(people),
      newCell: cellOf(newPeople),
    };
  });
  const range = during(all, (hit) => isWithin(hit, question, world));
  return {
    people: range.people.length,
    visits: range.visits,
    newPeople: range.newPeople.length,
    cell: cellOf(range.people),
    newCell: cellOf(range.newPeople),
    rows,
    ...sourcesOf(all, question, world),
    pages: pagesOf(all, question, world),
    events: eventsOf(question, world),
    now: all.filter(({ hits }) => hits.some(({ time }) => asOf - NOW_SECONDS <= time && time <= asOf)).length,
  };
}

function during(
  all: Person[],
  isThen: (hit: OwnHit) => boolean,
): { people: Person[]; visits: number; newPeople: Person[] } {
  return {
    people: all.filter(({ hits }) => hits.some(isThen)),
    visits: all.flatMap(visitsOf).filter(([first]) => isThen(first!)).length,
    newPeople: all.filter(({ hits }) => isThen(hits[0]!)),
  };
}

/** The first visit in the range decides where a person came from, and all visits in the range count there. */
function sourcesOf(
  all: Person[],
  question: OverviewQuestion,
  world: World,
): Pick<OverviewAnswer, 'channels' | 'referrers'> {
  const channelOf = channelsIn(all, question, world);
  const channels: { person: Person; value: string }[] = [];
  const referrers: { person: Person; value: string | null }[] = [];
  for (const person of all) {
    const visits = visitsIn(person, question, world);
    for (const _ of visits) {
      channels.push({ person, value: channelOf.get(person)! });
      referrers.push({ person, value: referringDomain(visits[0]!, world) });
    }
  }
  return { channels: valuesOf(channels).slice(0, 10), referrers: valuesOf(referrers).slice(0, 10) };
}

function pagesOf(all: Person[], question: OverviewQuestion, world: World): OverviewAnswer['pages'] {
  const seen = all.flatMap((person) => pagesSeen(person, question, world).map((value) => ({ person, value })));
  return valuesOf(seen).slice(0, 10);
}

function eventsOf(question: OverviewQuestion, world: World): OverviewAnswer['events'] {
  return names(question, world)
    .events.sort((a, b) => b.people - a.people || b.times - a.times || (foldName(a.name) < foldName(b.name) ? -1 : 1))
    .slice(0, 10)
    .map(({ name, people, times, cell }) => ({ name, people, times, cell }));
}
