import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import { bad, badOf, isMissing } from '../reports/questions/bad-question.js';

/**
 * Parses the parameters of a URL with the schema of its route. Unknown parameters are ignored. As for a question, the answer
 * names one fault, and a missing parameter first.
 */
export const readBySchema: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (data: object) => {
    const { success, data: value, error } = schema.safeParse(data, { reportInput: true });
    if (success) return { value };
    const issue = error.issues.find(isMissing) ?? error.issues[0]!;
    const fault = Array.isArray(issue.input) ? bad('bad_value', issue.path, 'is given more than once') : badOf(issue);
    return { error: Object.assign(new Error(fault.error), { member: fault.member }) };
  };
