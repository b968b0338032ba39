import { CUSTOMER_ID, type Asked, type Days } from '../../../src/protocol/reports.js';
import { foldName } from '../../../src/protocol/text.js';
import { endOfDay, startOfDay } from '../../../src/collector/reports/days.js';

/** An event or a property that has arrived. */
export interface Hit {
  /** The order of hits in one second. */
  hit: number;
  /** Unix seconds. */
  time: number;
  /** Number of the identity. */
  identity: number;
  /** Null if the hit is not an event, or repeats another one. */
  event: string | null;
  /** 0 for a browser, 1 for a bot, 2 for a server. */
  agent: number;
  properties: Readonly<Record<string, string>>;
}

export interface Identity {
  /** Of two identities the older one has the smaller number. */
  identity: number;
  name: string;
  /** The person of the identity, after all merges. */
  person: number;
}

/** A site, as an answer sees it. */
export interface World {
  hits: readonly Hit[];
  identities: readonly Identity[];
  timeZone: string;
  /** Hosts of the site, which include their subdomains. */
  domains?: readonly string[];
  /** Unix seconds. */
  asOf: number;
}

/** A hit with the name of its identity. */
export type OwnHit = Hit & { customer: string };

export interface Person {
  /** Oldest first. */
  identities: string[];
  /** The visible hits, by (time, hit). */
  hits: OwnHit[];
}

/** People with at least one visible hit. */
export function visiblePeople(world: World, { bots }: Pick<Asked, 'bots'>): Person[] {
  const people = new Map<number, Person>();
  const personOf = new Map<number, Person>();
  const nameOf = new Map<number, string>();
  for (const { identity, name, person } of world.identities.toSorted((a, b) => a.identity - b.identity)) {
    if (!people.has(person)) people.set(person, { identities: [], hits: [] });
    people.get(person)!.identities.push(name);
    personOf.set(identity, people.get(person)!);
    nameOf.set(identity, name);
  }
  for (const hit of world.hits.toSorted((a, b) => a.time - b.time || a.hit - b.hit)) {
    if (bots === 'exclude' && hit.agent === 1) continue;
    personOf.get(hit.identity)!.hits.push({ ...hit, customer: nameOf.get(hit.identity)! });
  }
  return [...people.values()].filter(({ hits }) => hits.length > 0);
}

/** Names ignore case. */
export const isNamed = (name: string, other: string): boolean => foldName(name) === foldName(other);

export const isEvent = (hit: Hit, event: string): boolean => hit.event !== null && isNamed(hit.event, event);

/** The value of a property in a hit. In each hit, `Customer ID` is its identity. */
export function valueIn(hit: OwnHit, property: string): string | undefined {
  if (isNamed(property, CUSTOMER_ID)) return hit.customer;
  return Object.entries(hit.properties).find(([name]) => isNamed(name, property))?.[1];
}

/** Whether a hit is within these days of the site; a missing bound does not limit. */
export function isWithin({ time }: Hit, { from, to }: Days, { timeZone }: World): boolean {
  if (from !== undefined && time < startOfDay(from, timeZone)) return false;
  return to === undefined || time < endOfDay(to, timeZone);
}

/** ASCII spaces around a decimal number: no hex, no `Infinity`, no comma. */
const NUMBER = /^[ \t\n\v\f\r]*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?[ \t\n\v\f\r]*$/i;

/** The number of a value; undefined if it is not a number. */
export function numberOf(value: string): number | undefined {
  return NUMBER.test(value) && Number.isFinite(Number(value)) ? Number(value) : undefined;
}

/** For a part of a question that no branch has handled: the compiler reports a missing branch, and a run is not wrong in silence. */
export function unknown(what: never): never {
  throw new Error(`The evaluator does not know ${JSON.stringify(what)}.`);
}

/** In the order of code points, which is that of the bytes of UTF-8. */
export const compareTexts = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** In place of a cell: the people whom `people` must list for it, by their oldest identities. */
export const cellOf = (people: Iterable<Person>): string =>
  JSON.stringify([...new Set(people)].map(({ identities }) => identities[0]!).sort(compareTexts));
