import type {
  Condition,
  Days,
  EventCondition,
  HitTest,
  OrderedCondition,
  PropertyCondition,
} from '../../protocol/reports.js';
import { orderOfNever, thenNever } from '../then-never.js';
import { isHitTest, isPropertyTest } from '../value-tests.js';

/** The kinds of conditions in the editor, by the first words of their sentence. */

export const VERBS = {
  did: 'did',
  never: 'never did',
  inOrder: 'did in order',
  thenNever: 'did, then never',
  had: 'had',
  hadNot: 'did not have',
  has: 'now has',
  hasNot: 'does not have now',
  any: 'match any of',
  all: 'match all of',
  none: 'match none of',
} as const;

export type Verb = keyof typeof VERBS;

const COUNTS = ['atLeast', 'atMost', 'exactly'] as const;

export type Count = (typeof COUNTS)[number] | 'once';

/** @returns undefined if no fields can show the condition: an address may contain any. Then it is shown in words */
export function verbOf(condition: unknown): Verb | undefined {
  if (!isObject(condition)) return undefined;
  if (isTest(condition, ['from', 'to'])) return 'had';
  if (isCurrent(condition)) return 'has';
  if (isEvent(condition, [...COUNTS])) {
    const counts = COUNTS.filter((count) => count in condition);
    if (counts.length > 1) return undefined;
    return condition.exactly === 0 || condition.atMost === 0 ? 'never' : 'did';
  }
  const [member, ...others] = Object.keys(condition);
  if (others.length) return undefined;
  const inner = condition[member as keyof typeof condition];
  if (member === 'inOrder') return isOrder(inner) ? 'inOrder' : undefined;
  if (member === 'all' || member === 'any') {
    if (!Array.isArray(inner) || !inner.every(isObject)) return undefined;
    return isOrder(orderOfNever(condition)) ? 'thenNever' : member;
  }
  if (member !== 'not' || !isObject(inner)) return undefined;
  if (isTest(inner, ['from', 'to'])) return 'hadNot';
  if (isCurrent(inner)) return 'hasNot';
  return verbOf(inner) === 'any' ? 'none' : undefined;
}

/**
 * A condition of another kind, with the members that both kinds have. @param event used if the new kind needs one; `property`
 * likewise
 */
export function withVerb(condition: Condition, verb: Verb, { event, property }: Defaults): Condition {
  const inner = 'not' in condition ? condition.not : condition;
  const said = 'event' in inner ? inner : undefined;
  const order = 'inOrder' in inner ? inner.inOrder : orderOfNever(inner);
  const [step = { event }, next = { event }] = said ? [stepOf(said)] : (order ?? []);
  const given: PropertyCondition = 'property' in inner ? inner : { property, is: 'any' };
  const { value: _value, ...test } = given;
  const current: PropertyCondition = { ...withDays(test, {}), value: 'last' };
  const parts: Condition[] = 'any' in inner ? inner.any : 'all' in inner && !order ? inner.all : [inner];
  switch (verb) {
    case 'did':
      return step;
    case 'never':
      return { ...step, exactly: 0 };
    case 'inOrder':
      return { inOrder: [step, next] };
    case 'thenNever':
      return thenNever([step, next]);
    case 'had':
      return test;
    case 'hadNot':
      return { not: test };
    case 'has':
      return current;
    case 'hasNot':
      return { not: current };
    case 'any':
      return { any: parts };
    case 'all':
      return { all: parts };
    case 'none':
      return { not: { any: parts } };
  }
}

export interface Defaults {
  event: string;
  property: string;
}

function stepOf({ event, where, from, to }: EventCondition): OrderedCondition {
  return { event, ...(where && { where }), ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

/** Which member says how often the event was done; `once` if there is none. */
export const countOf = (condition: EventCondition): Count => COUNTS.find((count) => count in condition) ?? 'once';

/** The condition with these days in place of its own. */
export function withDays<C extends { from?: string | undefined; to?: string | undefined }>(
  condition: C,
  days: Days,
): C {
  const { from: _from, to: _to, ...rest } = condition;
  const { from, to } = days;
  return { ...rest, ...(from !== undefined && { from }), ...(to !== undefined && { to }) } as C;
}

/** The condition with another test. */
export function withTest<T extends HitTest>(condition: T, test: HitTest): T {
  const { value } = condition as Partial<PropertyCondition>;
  return {
    ...withDays(test as PropertyCondition, condition as PropertyCondition),
    ...(value && { value }),
  } as unknown as T;
}

/** The condition with these tests of its event in place of its own; undefined: without any. */
export function withWhere<C extends Pick<EventCondition, 'where'>>(condition: C, where: EventCondition['where']): C {
  const { where: _where, ...rest } = condition;
  return { ...rest, ...(where && { where }) } as C;
}

/** More objects and lists than this would make so many fields that they take seconds to render. The API accepts fewer conditions. */
const MOST_PARTS = 200;

/** Whether fields can show so many conditions. An address may have any number. */
export const areFew = (conditions: readonly Condition[]): boolean => partsIn(conditions) <= MOST_PARTS;

/** How many objects and lists are in a value. */
const partsIn = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? Object.values(value).reduce((sum: number, part) => sum + partsIn(part), 1)
    : 0;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isListOf(value: unknown, isOne: (one: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isOne);
}

function hasOnly(value: Record<string, unknown>, members: readonly string[]): boolean {
  return Object.keys(value).every((name) => members.includes(name));
}

const isOrder = (value: unknown): boolean => isListOf(value, (step) => isEvent(step, []));

const isText = (value: unknown): boolean => typeof value === 'string';
const isTyped = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';

function isTest(value: Record<string, unknown>, besides: readonly string[]): boolean {
  const test = Object.entries(value).filter(([name]) => !besides.includes(name));
  return areDays(value) && isPropertyTest(Object.fromEntries(test));
}

/** Whether it tests the last of all values, which is the current one. */
const isCurrent = (value: Record<string, unknown>): boolean => value.value === 'last' && isTest(value, ['value']);

function isEvent(value: unknown, counts: readonly string[]): boolean {
  if (!isObject(value) || !isText(value.event) || !areDays(value)) return false;
  if (!hasOnly(value, ['event', 'where', 'from', 'to', ...counts])) return false;
  if (!counts.every((count) => value[count] === undefined || isTyped(value[count]))) return false;
  return value.where === undefined || isListOf(value.where, isHitTest);
}

const areDays = ({ from, to }: Record<string, unknown>): boolean =>
  [from, to].every((day) => day === undefined || isText(day));
