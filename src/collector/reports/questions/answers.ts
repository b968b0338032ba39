import { z } from 'zod';
import { day } from './shared-schemas.js';

const answered = { asOf: z.int(), excluded: z.object({ bots: z.int() }).exactOptional() };

/** The schema of an answer: its own members, those of all answers, and `before` with the same for the days before. */
export function comparedAnswer<S extends z.ZodRawShape>(counted: S) {
  const { excluded } = answered;
  const before = z.object({ from: day, to: day, excluded, ...counted }).exactOptional();
  return z.object({ ...answered, ...counted, before });
}

/** The same for an answer without `before`. */
export function plainAnswer<S extends z.ZodRawShape>(counted: S) {
  return z.object({ ...answered, ...counted });
}
