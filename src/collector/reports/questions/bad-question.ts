import type { z } from 'zod';
import type { BadQuestion } from '../../../protocol/reports.js';

/** A path in a question: names of members and indexes of lists. */
export type Path = readonly PropertyKey[];

const LONGEST_MEMBER = 200;

/** Types in words: the pages show these sentences to readers, too. */
const TYPES: Partial<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

/**
 * A fault that a schema has found, as a sentence of the API.
 * @param issue of a schema with the option `reportInput`
 */
export function badOf(issue: z.core.$ZodIssue, above: Path = []): BadQuestion {
  const path = [...above, ...issue.path];
  if (isMissing(issue)) return bad('missing_member', path, 'is missing');
  switch (issue.code) {
    case 'invalid_union': {
      const branch = hasMembers(issue.input) ? branchOf(issue.errors) : undefined;
      return branch ? badOf(branch, path) : bad('bad_value', path, issue.message);
    }
    case 'unrecognized_keys':
      return bad('unknown_member', [...path, issue.keys[0]!], 'is not known here');
    case 'invalid_type':
      return bad('bad_value', path, `must be ${TYPES[issue.expected] ?? `of type ${issue.expected}`}`);
    case 'invalid_value': {
      const values = issue.values.map((value) => JSON.stringify(value)).join(', ');
      return bad('bad_value', path, `must be ${issue.values.length > 1 ? 'one of ' : ''}${values}`);
    }
    case 'too_big': {
      const { maximum: most, origin } = issue;
      if (origin === 'string') return bad('too_large', path, `is longer than ${most} characters`);
      if (origin === 'array') return bad('too_large', path, `has more than ${most} items`);
      return bad('too_large', path, `is too large: ${most} at most`);
    }
    case 'too_small': {
      const { minimum: least } = issue;
      return bad('too_small', path, hasLength(issue) ? 'is empty' : `is too small: ${least} at least`);
    }
    default:
      return bad('bad_value', path, issue.message);
  }
}

/**
 * If a value may have several shapes, the shape that was probably meant: the one whose members fit best. Undefined if that is
 * not clear.
 * @returns the fault with regard to that shape
 */
function branchOf(errors: z.core.$ZodIssue[][]): z.core.$ZodIssue | undefined {
  const misfits = errors.map((issues) => issues.map(misfitsOf).reduce((sum, count) => sum + count, 0));
  const fewest = Math.min(...misfits);
  const best = misfits.flatMap((count, branch) => (count === fewest ? [branch] : []));
  return best.length === 1 ? errors[best[0]!]![0] : undefined;
}

const hasMembers = (value: unknown): boolean => typeof value !== 'object' || Object.keys(value ?? {}).length > 0;

/** How many members are missing or unknown; a value of another type counts as one. */
function misfitsOf(issue: z.core.$ZodIssue): number {
  if (issue.code === 'unrecognized_keys' && issue.path.length === 0) return issue.keys.length;
  if (issue.path.length === 0) return 1;
  return issue.path.length === 1 && isMissing(issue) ? 1 : 0;
}

/** Whether limits of a value are about its length, as for texts and lists. */
const hasLength = ({ origin }: { origin: string }): boolean => origin === 'string' || origin === 'array';

export const isMissing = ({ input, path }: z.core.$ZodIssue): boolean => input === undefined && path.length > 0;

/** @param what the end of the sentence, which begins with the member */
export function bad(code: BadQuestion['code'], path: Path, what: string): BadQuestion {
  const member = memberOf(path).slice(0, LONGEST_MEMBER);
  return { error: `${member ? `\`${member}\`` : 'The question'} ${what}.`, code, member };
}

/** `steps[3].event` */
function memberOf(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}
