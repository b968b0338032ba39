import type { HitTest, PropertyTest } from '../protocol/reports.js';
import { plainNumber, typedNumber } from './format.js';

/** What a condition may test about the value of a property, in the words that follow “with Plan”. */
export const OPERATORS = {
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

/** Named after the member of a test that has the value, or after the value of `is`; `not.` before the name negates the test. */
export type Operator = keyof typeof OPERATORS;

const NOT = 'not.';

/** A test as the fields of a form contain it: it may be incomplete. */
export interface TypedTest {
  property: string;
  operator: Operator;
  value: string;
}

/** Whether a value is compared as a number. */
export const isNumeric = (operator: Operator): boolean => operator === 'greater' || operator === 'less';
/** Whether only a hit can be tested in this way. A condition about a person says instead that the person did not have the value. */
export const isNegative = (operator: Operator): boolean => operator.startsWith(NOT);
/** Whether there is no value to compare with. */
export const isBare = (operator: Operator): boolean =>
  operator === 'any' || operator === 'empty' || operator === 'never';

/** The parts of a test. It may come from an address, so a number may be a text. */
export function partsOf(test: HitTest): { property: string; operator: Operator; value: string | number } {
  if ('not' in test) {
    const { operator, ...rest } = partsOf(test.not);
    return { ...rest, operator: `${NOT}${operator}` as Operator };
  }
  const { property } = test;
  if ('is' in test) return { property, operator: test.is, value: '' };
  const operator = (Object.keys(OPERATORS) as Operator[]).find((name) => name in test)!;
  return { property, operator, value: (test as unknown as Record<Operator, string | number>)[operator] };
}

export function typedTest(test: HitTest): TypedTest {
  const { value, ...rest } = partsOf(test);
  return { ...rest, value: typeof value === 'number' ? typedNumber(value) : String(value) };
}

/** Accepts incomplete tests and texts in place of numbers. They are kept as they are, and the API says what is wrong. */
export function anyTestOf({ property, operator, value }: TypedTest): HitTest {
  if (isNegative(operator)) {
    return { not: anyTestOf({ property, operator: operator.slice(NOT.length) as Operator, value }) } as HitTest;
  }
  if (isBare(operator)) return { property, is: operator } as PropertyTest;
  return { property, [operator]: isNumeric(operator) ? numberOr(value) : value } as unknown as PropertyTest;
}

/**
 * Accepts a text in place of a number: if the test were left out, the page would show numbers of other people without a word.
 * @returns undefined while something is missing
 */
export function testOf(typed: TypedTest): HitTest | undefined {
  const { property, operator, value } = typed;
  return property === '' || (!isBare(operator) && value.trim() === '') ? undefined : anyTestOf(typed);
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

/** Whether the fields can show it. In an address a number may be a text and the other way round: the API says what is wrong. */
export function isHitTest(value: unknown): value is HitTest {
  if (typeof value !== 'object' || value === null) return false;
  if (!('not' in value)) return isPropertyTest(value);
  return isTest(value.not, NOT) && Object.keys(value).length === 1;
}

/** As `isHitTest`. */
export const isPropertyTest = (value: unknown): value is PropertyTest => isTest(value, '');

/** @param prefix of the operator */
function isTest(value: unknown, prefix: '' | typeof NOT): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { property, ...test } = value as Record<string, unknown>;
  const [[member, against] = ['', undefined], ...more] = Object.entries(test);
  if (typeof property !== 'string' || more.length > 0) return false;
  if (prefix === '' && member === 'is') return isBare(against as Operator);
  const operator = prefix + member;
  if (!Object.hasOwn(OPERATORS, operator) || isBare(operator as Operator)) return false;
  return typeof against === 'string' || typeof against === 'number';
}
