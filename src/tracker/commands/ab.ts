import { AB_COOKIE } from '../../protocol/cookies.js';
import { call } from '../guard.js';
import { randomId } from '../identity.js';
import { set } from './set.js';

/** The variants chosen on this page: a test keeps its variant even if it is called later with another list. */
const chosen = { __proto__: null } as unknown as Record<string, string | null>;

/** `KM.abi()`: the id by which A/B tests choose a variant. It does not depend on who the visitor is (docs/reference.md#1.3). */
export function abId(): string {
  return randomId(AB_COOKIE);
}

/**
 * `KM.ab(name, variants, callback?)`: the visitor's variant of a test, and a property of that name
 * (docs/reference.md#7). Variants are a list, or an object of weights of any scale.
 *
 * Only the id is stored. Id, test and variant are hashed to a number, in which the variant's weight counts, and the variant
 * with the largest number wins (weighted rendezvous hashing). So tests do not influence each other, and a variant that is
 * added later takes people from the others but moves nobody between them.
 */
export function ab(test: string, variants: unknown, callback?: unknown): string | null {
  if (!test) return null;
  if (!(test in chosen)) {
    chosen[test] = choose(abId(), test, variants);
    if (chosen[test]) set({ [test]: chosen[test] });
  }
  const variant = chosen[test]!;
  call(callback, variant);
  return variant;
}

/** @returns null if there are no variants; the first one if no variant has a weight above 0 */
export function choose(id: string, test: string, variants: unknown): string | null {
  const weights = Array.isArray(variants)
    ? variants.map((name) => [name, 1] as [string, number])
    : Object.entries(Object(variants) as Record<string, number>);
  let best = -Infinity;
  let winner: string | null = null;
  for (const [name, weight] of weights) {
    // A logarithm below zero: the larger the weight, the closer to zero.
    const drawn = Math.log(uniform(`${test}\n${name}\n${id}`)) / weight;
    winner ??= name;
    if (weight > 0 && drawn > best) {
      best = drawn;
      winner = name;
    }
  }
  return winner;
}

/**
 * Hashes a text to a number between 0 and 1. Each step is reversible and mixes all bits, so that
 * texts that differ only at the beginning get independent numbers.
 */
function uniform(text: string): number {
  let hash = 1;
  for (const character of text) {
    hash = Math.imul(hash ^ character.codePointAt(0)!, 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  return (hash >>> 0) / 2 ** 32;
}
