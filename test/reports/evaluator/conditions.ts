import {
  CUSTOMER_ID,
  type Asked,
  type Condition,
  type EventCondition,
  type HitTest,
  type PropertyCondition,
  type PropertyTest,
  type SourceCondition,
  type Step,
} from '../../../src/protocol/reports.js';
import { foldText } from '../../../src/protocol/fold.js';
import { channelOf, referringDomain } from './channels.js';
import { pagesSeen } from './pages.js';
import { visitsOf } from './visits.js';
import { isEvent, isNamed, isWithin, numberOf, unknown, valueIn, visiblePeople } from './world.js';
import type { OwnHit, Person, World } from './world.js';

/** The people that a question counts. */
export function countedPeople(world: World, asked: Asked): Person[] {
  return visiblePeople(world, asked).filter((person) => !asked.filter || matches(person, asked.filter, world));
}

export function matches(person: Person, condition: Condition, world: World): boolean {
  if ('all' in condition) return condition.all.every((one) => matches(person, one, world));
  if ('any' in condition) return condition.any.some((one) => matches(person, one, world));
  if ('not' in condition) return !matches(person, condition.not, world);
  if ('inOrder' in condition) return didInOrder(person, condition.inOrder, world);
  if ('channel' in condition || 'referrer' in condition) return cameFrom(person, condition, world);
  if ('page' in condition) return pagesSeen(person, condition, world).includes(condition.page);
  if ('event' in condition) return didEvent(person, condition, world);
  if ('property' in condition) return hasProperty(person, condition, world);
  return unknown(condition);
}

/** Whether a hit is this event, and passes all tests of its properties. */
export function isStep(hit: OwnHit, { event, where = [] }: Step): boolean {
  return isEvent(hit, event) && where.every((test) => passes(hit, test));
}

function passes(hit: OwnHit, test: HitTest): boolean {
  return 'not' in test ? !passes(hit, test.not) : satisfies(valueIn(hit, test.property), test);
}

/** @param value undefined if there is none */
export function satisfies(value: string | undefined, test: PropertyTest): boolean {
  if ('is' in test) {
    if (test.is === 'any') return value !== undefined;
    if (test.is === 'empty') return value === '';
    return test.is === 'never' ? value === undefined : unknown(test.is);
  }
  if (value === undefined) return false;
  if ('equals' in test) return value === test.equals;
  if ('contains' in test) return foldText(value).includes(foldText(test.contains));
  if ('begins' in test) return foldText(value).startsWith(foldText(test.begins));
  if ('ends' in test) return foldText(value).endsWith(foldText(test.ends));
  const number = numberOf(value);
  if ('greater' in test) return number !== undefined && number > test.greater;
  if ('less' in test) return number !== undefined && number < test.less;
  return unknown(test);
}

function didEvent(person: Person, condition: EventCondition, world: World): boolean {
  const times = person.hits.filter((hit) => isStep(hit, condition) && isWithin(hit, condition, world)).length;
  const { atLeast, atMost, exactly } = condition;
  if (atLeast === undefined && atMost === undefined && exactly === undefined) return times >= 1;
  if (atLeast !== undefined && times < atLeast) return false;
  if (atMost !== undefined && times > atMost) return false;
  return exactly === undefined || times === exactly;
}

/** One event satisfies one condition; the next event is in the same second or later. */
function didInOrder(person: Person, conditions: EventCondition[], world: World): boolean {
  const used = new Set<OwnHit>();
  let time = -Infinity;
  for (const condition of conditions) {
    const next = person.hits.find(
      (hit) => hit.time >= time && !used.has(hit) && isStep(hit, condition) && isWithin(hit, condition, world),
    );
    if (!next) return false;
    used.add(next);
    time = next.time;
  }
  return true;
}

/** The first visit in these days decides where a person came from. */
function cameFrom(person: Person, condition: SourceCondition, world: World): boolean {
  const visit = visitsOf(person).find(([first]) => isWithin(first!, condition, world));
  if (!visit) return false;
  return 'channel' in condition
    ? channelOf(visit, world).toLowerCase() === condition.channel.toLowerCase()
    : referringDomain(visit, world) === condition.referrer;
}

/**
 * Whether any value of the days of the condition passes its test; with `value`, whether the first or the last of these values does.
 * An identity has no time, so the days of a condition on any `Customer ID` do not matter.
 */
function hasProperty(person: Person, condition: PropertyCondition, world: World): boolean {
  const { property, value: which } = condition;
  const sent = person.hits
    .filter((hit) => isWithin(hit, condition, world))
    .map((hit) => valueIn(hit, property))
    .filter((value) => value !== undefined);
  const all = isNamed(property, CUSTOMER_ID) && which === undefined ? person.identities : sent;
  const values = chosen(all, which);
  if ('is' in condition && condition.is === 'never') return values.length === 0;
  return values.some((value) => satisfies(value, condition));
}

function chosen(values: string[], which: PropertyCondition['value']): string[] {
  if (which === undefined) return values;
  if (which === 'first') return values.slice(0, 1);
  return which === 'last' ? values.slice(-1) : unknown(which);
}
