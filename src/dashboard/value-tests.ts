import type { HitTest, PropertyTest } from '../protocol/reports.js';
import { plainNumber, typedNumber } from './format.js';

/** What a condition may test about the value of a property, in the words that follow “with Plan”. */
export const VERBS = {
  equals: 'equal to',
  'not.equals': 'not equal to',
  contains: 'containing',
  'not.contains': 'not containing',
  begins: 'beginning with',
  'not.begins': 'not beginning with',
  ends: 'ending with',
  'not.ends': 'not ending with',
  greater: 'more than',
  less: 'less than',
  any: 'set to anything',
  empty: 'left empty',
  never: 'not set',
} as const;

/** By the member of a test that has the value. */
export type Verb = keyof typeof VERBS;

const NOT = 'not.';

/** A test as the fields of a form contain it: it may be incomplete. */
export interface TypedTest {
  property: string;
  verb: Verb;
  value: string;
}

export const isNumeric = (verb: Verb): boolean => verb === 'greater' || verb === 'less';
/** Whether only a hit can be tested in this way. A condition about a person says instead that the person did not have the value. */
export const isNegative = (verb: Verb): boolean => verb.startsWith(NOT);
export const isBare = (verb: Verb): boolean => verb === 'any' || verb === 'empty' || verb === 'never';

/** Also of a test from an address, whose numbers may be texts. */
export function partsOf(test: HitTest): { property: string; verb: Verb; value: string | number } {
  if ('not' in test) {
    const { verb, ...rest } = partsOf(test.not);
    return { ...rest, verb: `${NOT}${verb}` as Verb };
  }
  const { property } = test;
  if ('is' in test) return { property, verb: test.is, value: '' };
  const verb = (Object.keys(VERBS) as Verb[]).find((name) => name in test)!;
  return { property, verb, value: (test as unknown as Record<Verb, string | number>)[verb] };
}

export function typedTest(test: HitTest): TypedTest {
  const { value, ...rest } = partsOf(test);
  return { ...rest, value: typeof value === 'number' ? typedNumber(value) : String(value) };
}

/** Accepts incomplete tests and texts in place of numbers. They are kept as they are, and the API says what is wrong. */
export function anyTestOf({ property, verb, value }: TypedTest): HitTest {
  if (isNegative(verb)) {
    return { not: anyTestOf({ property, verb: verb.slice(NOT.length) as Verb, value }) } as HitTest;
  }
  if (isBare(verb)) return { property, is: verb } as PropertyTest;
  return { property, [verb]: isNumeric(verb) ? numberOr(value) : value } as unknown as PropertyTest;
}

/**
 * Accepts a text in place of a number: if the test were left out, the page would show numbers of other people without a word.
 * @returns undefined while something is missing
 */
export function testOf(typed: TypedTest): HitTest | undefined {
  const { property, verb, value } = typed;
  return property === '' || (!isBare(verb) && value.trim() === '') ? undefined : anyTestOf(typed);
}

/** A number if the text is one, else the text. */
export function numberOr(text: string): string | number {
  const plain = plainNumber(text);
  return plain !== '' && Number.isFinite(Number(plain)) ? Number(plain) : text;
}

/** The valid tests in a list from the address. Others are left out. */
export function testsIn(value: unknown): HitTest[] {
  return Array.isArray(value) ? value.filter(isHitTest) : [];
}

/** Whether the fields can show it. Of an address, so a number may be a text and the other way round: the API says what is wrong. */
export function isHitTest(value: unknown): value is HitTest {
  if (typeof value !== 'object' || value === null) return false;
  if (!('not' in value)) return isPropertyTest(value);
  return isTest(value.not, NOT) && Object.keys(value).length === 1;
}

/** As `isHitTest`. */
export const isPropertyTest = (value: unknown): value is PropertyTest => isTest(value, '');

/** @param prefix of the verb */
function isTest(value: unknown, prefix: '' | typeof NOT): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { property, ...test } = value as Record<string, unknown>;
  const [[member, against] = ['', undefined], ...more] = Object.entries(test);
  if (typeof property !== 'string' || more.length > 0) return false;
  if (prefix === '' && member === 'is') return isBare(against as Verb);
  const verb = prefix + member;
  if (!Object.hasOwn(VERBS, verb) || isBare(verb as Verb)) return false;
  return typeof against === 'string' || typeof against === 'number';
}
