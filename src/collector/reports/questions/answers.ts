import { z } from 'zod';
import { day } from './common.js';

const answered = { asOf: z.int(), excluded: z.object({ bots: z.int() }).exactOptional() };

/** The schema of an answer: what is counted, what all answers say, and the same once more for the days before. */
export function comparedAnswer<S extends z.ZodRawShape>(counted: S) {
  const { excluded } = answered;
  const before = z.object({ from: day, to: day, excluded, ...counted }).exactOptional();
  return z.object({ ...answered, ...counted, before });
}

/** The same where there is nothing to compare with. */
export function plainAnswer<S extends z.ZodRawShape>(counted: S) {
  return z.object({ ...answered, ...counted });
}
