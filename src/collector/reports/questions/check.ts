import type { z } from 'zod';
import type { BadQuestion } from '../../../protocol/reports.js';
import { bad, badOf, type Path } from './bad-question.js';

/**
 * How deep conditions may be nested, and below, how many there may be, tests of a hit included. With more, an engine's planning
 * takes longer than its counting; with 200 it takes a minute.
 */
const DEEPEST = 16;
const MOST = 50;

/** Validates a question. @returns the question, or its first fault and the place of the fault */
export function check<Q>(schema: z.ZodType<Q>, asked: unknown): { question: Q } | { bad: BadQuestion } {
  const filter = (asked as { filter?: unknown } | null)?.filter;
  const excess = filter === undefined ? undefined : excessOf(filter);
  if (excess) return { bad: excess };
  const { success, data, error } = schema.safeParse(asked, { reportInput: true });
  return success ? { question: data } : { bad: badOf(error.issues[0]!) };
}

/** Counts conditions without recursion, before they are validated: deeply nested ones would overflow the stack. */
function excessOf(filter: unknown): BadQuestion | undefined {
  const waiting: { node: unknown; depth: number; path: Path }[] = [{ node: filter, depth: 1, path: ['filter'] }];
  let count = 0;
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { node, depth, path } = next;
    count += 1;
    if (count > MOST) return bad('too_many', path, `is one condition too many: ${MOST} at most`);
    if (depth > DEEPEST) return bad('too_deep', path, `is nested too deep: ${DEEPEST} levels at most`);
    if (typeof node !== 'object' || node === null) continue;
    for (const member of ['all', 'any', 'not', 'inOrder', 'where']) {
      const inner = (node as Record<string, unknown>)[member];
      if (inner === undefined) continue;
      if (Array.isArray(inner) && count + inner.length > MOST)
        return bad('too_many', [...path, member], `has too many conditions: ${MOST} at most`);
      const below = Array.isArray(inner)
        ? inner.map((each: unknown, place) => ({ node: each, path: [...path, member, place] }))
        : [{ node: inner, path: [...path, member] }];
      waiting.push(...below.map((each) => ({ ...each, depth: depth + 1 })));
    }
  }
  return undefined;
}
