import type { PropertyTest } from '../protocol/reports.js';
import { plainNumber, typedNumber } from './format.js';

/** What a condition may test about the value of a property, in the words that follow “with Plan”. */
export const VERBS = {
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

export type Verb = keyof typeof VERBS;

/** A test as the fields of a form contain it: it may be incomplete. */
export interface TypedTest {
  property: string;
  verb: Verb;
  value: string;
}

export const isNumeric = (verb: Verb): boolean => verb === 'greater' || verb === 'less';
export const isBare = (verb: Verb): boolean => verb === 'any' || verb === 'empty' || verb === 'never';

/** Also of a test from an address, whose numbers may be texts. */
export function partsOf(test: PropertyTest): { property: string; verb: Verb; value: string | number } {
  const { property } = test;
  if ('is' in test) return { property, verb: test.is, value: '' };
  const verb = (Object.keys(VERBS) as Verb[]).find((name) => name in test)!;
  return { property, verb, value: (test as unknown as Record<Verb, string | number>)[verb] };
}

export function typedTest(test: PropertyTest): TypedTest {
  const { value, ...rest } = partsOf(test);
  return { ...rest, value: typeof value === 'number' ? typedNumber(value) : String(value) };
}

/** Accepts incomplete tests and texts in place of numbers. They are kept as they are, and the API says what is wrong. */
export function anyTestOf({ property, verb, value }: TypedTest): PropertyTest {
  if (isBare(verb)) return { property, is: verb } as PropertyTest;
  return { property, [verb]: isNumeric(verb) ? numberOr(value) : value } as unknown as PropertyTest;
}

/**
 * Accepts a text in place of a number: if the test were left out, the page would show numbers of other people without a word.
 * @returns undefined while something is missing
 */
export function testOf(typed: TypedTest): PropertyTest | undefined {
  const { property, verb, value } = typed;
  return property === '' || (!isBare(verb) && value.trim() === '') ? undefined : anyTestOf(typed);
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
    const [[verb, against] = ['', undefined], ...more] = Object.entries(test);
    if (typeof property !== 'string' || more.length > 0) return false;
    if (verb === 'is') return isBare(against as Verb);
    if (!Object.hasOwn(VERBS, verb) || isBare(verb as Verb)) return false;
    return typeof against === 'string' || (isNumeric(verb as Verb) && typeof against === 'number');
  });
}
