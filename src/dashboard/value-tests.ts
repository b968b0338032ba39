import type { PropertyTest } from '../protocol/reports.js';
import { plainNumber, typedNumber } from './format.js';

/** What a condition may test about the value of a property, in the words that follow “with Plan”. */
export const OPERATORS = {
  equals: 'equal to',
  contains: 'containing',
  begins: 'beginning with',
  ends: 'ending with',
  greater: 'more than',
  less: 'less than',
  any: 'set to anything',
  empty: 'left empty',
  never: 'not set',
} as const;

export type Operator = keyof typeof OPERATORS;

/** A test as the fields of a form contain it: it may be incomplete. */
export interface TypedTest {
  property: string;
  operator: Operator;
  value: string;
}

/** Whether a value is compared as a number; below, whether there is no value to compare with. */
export const isNumeric = (operator: Operator): boolean => operator === 'greater' || operator === 'less';
export const isBare = (operator: Operator): boolean =>
  operator === 'any' || operator === 'empty' || operator === 'never';

/** Also of a test from an address, whose numbers may be texts. */
export function partsOf(test: PropertyTest): { property: string; operator: Operator; value: string | number } {
  const { property } = test;
  if ('is' in test) return { property, operator: test.is, value: '' };
  const operator = (Object.keys(OPERATORS) as Operator[]).find((name) => name in test)!;
  return { property, operator, value: (test as unknown as Record<Operator, string | number>)[operator] };
}

export function typedTest(test: PropertyTest): TypedTest {
  const { value, ...rest } = partsOf(test);
  return { ...rest, value: typeof value === 'number' ? typedNumber(value) : String(value) };
}

/** Accepts incomplete tests and texts in place of numbers. They are kept as they are, and the API says what is wrong. */
export function anyTestOf({ property, operator, value }: TypedTest): PropertyTest {
  if (isBare(operator)) return { property, is: operator } as PropertyTest;
  return { property, [operator]: isNumeric(operator) ? numberOr(value) : value } as unknown as PropertyTest;
}

/**
 * Accepts a text in place of a number: if the test were left out, the page would show numbers of other people without a word.
 * @returns undefined while something is missing
 */
export function testOf(typed: TypedTest): PropertyTest | undefined {
  const { property, operator, value } = typed;
  return property === '' || (!isBare(operator) && value.trim() === '') ? undefined : anyTestOf(typed);
}

/** A number if the text is one, else the text. */
export function numberOr(text: string): string | number {
  const plain = plainNumber(text);
  return plain !== '' && Number.isFinite(Number(plain)) ? Number(plain) : text;
}

/** The valid tests in a list from the address. Others are left out. */
export function testsIn(value: unknown): PropertyTest[] {
  if (!Array.isArray(value)) return [];
  return value.filter((one: unknown): one is PropertyTest => {
    if (typeof one !== 'object' || one === null) return false;
    const { property, ...test } = one as Record<string, unknown>;
    const [[operator, against] = ['', undefined], ...more] = Object.entries(test);
    if (typeof property !== 'string' || more.length > 0) return false;
    if (operator === 'is') return isBare(against as Operator);
    if (!Object.hasOwn(OPERATORS, operator) || isBare(operator as Operator)) return false;
    return typeof against === 'string' || (isNumeric(operator as Operator) && typeof against === 'number');
  });
}
