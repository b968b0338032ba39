import type { ChannelSplit, Days, Range } from '../../../src/protocol/reports.js';
import { valuesOf } from './breakdown.js';
import { channelOf, OWN_CHANNELS } from './channels.js';
import { visitsOf, type Visit } from './visits.js';
import { isWithin, unknown } from './world.js';
import type { Person, World } from './world.js';

/** The visits that began in these days. */
export const visitsIn = (person: Person, days: Days, world: World): Visit[] =>
  visitsOf(person).filter(([first]) => isWithin(first!, days, world));

/** The channel of the first visit of each person who has a visit in these days. */
export function channelsIn(people: Iterable<Person>, days: Days, world: World): Map<Person, string> {
  const found = [...people].flatMap((person) => {
    const [first] = visitsIn(person, days, world);
    return first ? [{ person, value: channelOf(first, world) }] : [];
  });
  return new Map(inOneSpelling(found).map(({ person, value }) => [person, value]));
}

/** The channel under which a split counts each person. @param people everybody whom it counts */
export function channelsOf(
  people: Iterable<Person>,
  { source, attribution }: ChannelSplit,
  range: Range,
  world: World,
): Map<Person, string> {
  if (source !== 'channel') return unknown(source);
  if (attribution === 'first in range') return channelsIn(people, range, world);
  return attribution === 'first ever' ? channelsIn(people, {}, world) : unknown(attribution);
}

/** Channels that differ only in case are one: kmq's own channels by their names, others in the spelling of most people. */
function inOneSpelling(channels: { person: Person; value: string }[]): { person: Person; value: string }[] {
  const spellings = valuesOf(channels).map(({ value }) => value!);
  const spelled = (value: string): string => {
    const alike = spellings.filter((other) => other.toLowerCase() === value.toLowerCase());
    return alike.find((one) => OWN_CHANNELS.includes(one)) ?? alike[0]!;
  };
  return channels.map(({ person, value }) => ({ person, value: spelled(value) }));
}
