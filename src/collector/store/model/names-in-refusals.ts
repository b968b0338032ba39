import { REFUSAL_CHARACTERS } from '../../../protocol/limits.js';
import { decodingsOf, withoutTornEscape } from './decodings.js';

/** Names are looked up only at places where so many characters equal the beginning of a name. */
const HEAD_CHARACTERS = 3;

/**
 * Finds out whether a refused request, or its reason, contains one of many identities. A request that was cut also counts if its
 * end may be the beginning of an identity: it is not a hit, so it is better to remove it.
 * @param identities any number of them: a text costs little more for ten thousand than for one
 */
export function namesOneOf(identities: Iterable<string>): (refusal: { request: string; reason: string }) => boolean {
  const names = withoutLonger(identities);
  const head = names.reduce((least, { length }) => Math.min(least, length), HEAD_CHARACTERS);
  const heads = new Set(names.map((name) => name.slice(0, head)));
  const longest = names.reduce((most, { length }) => Math.max(most, length), 0);

  /**
   * Whether a name is in the text. No name begins with another one, so only the last name that does not sort after a text can be
   * its beginning.
   */
  const within = (text: string): boolean => {
    if (names.length === 1) return text.includes(names[0]!);
    for (let at = 0; at < text.length; at++) {
      if (!heads.has(text.slice(at, at + head))) continue;
      const rest = text.slice(at, at + longest);
      const before = names[placeOf(names, rest, true) - 1];
      if (before !== undefined && rest.startsWith(before)) return true;
    }
    return false;
  };
  const begunAtTheEnd = (text: string): boolean => {
    for (let length = Math.min(longest - 1, text.length); length > 0; length--) {
      const end = text.slice(-length);
      if (names[placeOf(names, end, false)]?.startsWith(end)) return true;
    }
    return false;
  };
  return ({ request, reason }) => {
    for (const reading of decodingsOf(request)) if (within(reading)) return true;
    for (const reading of decodingsOf(reason)) if (within(reading)) return true;
    if (request.length < REFUSAL_CHARACTERS) return false;
    for (const reading of decodingsOf(withoutTornEscape(request))) {
      if (begunAtTheEnd(withoutTornEscape(reading))) return true;
    }
    return false;
  };
}

/** The names, sorted, without those that begin with another name: a text that contains the longer one contains the shorter one. */
function withoutLonger(identities: Iterable<string>): string[] {
  const names: string[] = [];
  for (const name of [...new Set(identities)].sort()) {
    const latest = names.at(-1);
    if (name !== '' && (latest === undefined || !name.startsWith(latest))) names.push(name);
  }
  return names;
}

/** The index of the first name that does not sort before a text; with `behind`, of the first that sorts after it. */
function placeOf(names: readonly string[], text: string, behind: boolean): number {
  let from = 0;
  let to = names.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (names[middle]! < text || (behind && names[middle] === text)) from = middle + 1;
    else to = middle;
  }
  return from;
}
