import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/**
 * Reads what an address says by the schema of its route; what the schema does not know is passed over. What is wrong is said in the words
 * that this API has always had, one thing at a time, and first what is missing.
 */
export const readBySchema: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (data: object) => {
    const { success, data: value, error } = schema.safeParse(data);
    if (success) return { value };
    const missing = error.issues.find(({ path }) => !Object.hasOwn(data, path[0]!));
    const issue = missing ?? error.issues[0]!;
    const member = issue.path.map(String).join('/');
    const text = missing
      ? `${httpPart} must have required property '${member}'`
      : `${httpPart}/${member} ${sentence(issue)}`;
    return { error: Object.assign(new Error(text), { member }) };
  };

function sentence(issue: Issue): string {
  if (issue.code === 'too_small') return `must NOT have fewer than ${issue.minimum} characters`;
  if (issue.code === 'invalid_type') return `must be ${issue.expected}`;
  if (issue.code === 'invalid_value') return 'must be equal to one of the allowed values';
  return issue.message;
}
