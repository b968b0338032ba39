import { hasCode } from './error-code.js';
import type { Nodes } from './nodes.js';

/** What a collector does in its database, in the words of GRANT. */
const RIGHTS = [
  ...['SELECT', 'INSERT', 'CREATE TABLE', 'CREATE VIEW', 'DROP TABLE'],
  ...['ALTER DELETE', 'ALTER UPDATE', 'ALTER ADD COLUMN', 'ALTER ADD INDEX'],
];

/** Whether an error says that the user has not enough rights. */
export const isAboutRights = (error: unknown): boolean => hasCode(error, 'READONLY', 'ACCESS_DENIED');

/** Adds to an error about rights what the owner of ClickHouse can do. Other errors do not change. */
export function withAdvice(error: Error, username: string): Error {
  const advice = hasCode(error, 'READONLY')
    ? `The user ${username} of ClickHouse may only read, by its setting readonly. A collector needs readonly = 0; kmq report and kmq sql can also have 2.`
    : 'docs/growing.md lists the rights that kmq needs.';
  if (isAboutRights(error)) error.message = `${error.message.trim()} ${advice}`;
  return error;
}

export interface Rights {
  /** Whether the user may not write at all. */
  isReader: boolean;
  /** Rights in the database that a collector needs and the user does not have, in the words of GRANT. */
  missing: string[];
}

/**
 * Asks which rights the user has. What cannot be asked counts as no fault: versions before 24.10 do not know the question, and some
 * users may not ask.
 */
export async function rightsOf(nodes: Nodes, database: string): Promise<Rights> {
  const isReader = await orIfNotAsked(false, async () => {
    const settings = await nodes.rows<{ value: string }>(`SELECT value FROM system.settings WHERE name = 'readonly'`);
    return settings.some(({ value }) => value !== '0');
  });
  const missing: string[] = [];
  if (isReader) return { isReader, missing };
  await orIfNotAsked(undefined, async () => {
    for (const right of RIGHTS) {
      const answer = await nodes.textOf(`CHECK GRANT ${right} ON ${database}.*`);
      if (answer.trim() === '0') missing.push(right);
    }
  });
  return { isReader, missing };
}

/** An answer, or another value if ClickHouse does not know or not allow the question. @throws Error for any other reason */
async function orIfNotAsked<A>(otherwise: A, ask: () => Promise<A>): Promise<A> {
  try {
    return await ask();
  } catch (error) {
    if (!hasCode(error, 'SYNTAX_ERROR', 'NOT_IMPLEMENTED', 'ACCESS_DENIED')) throw error;
    return otherwise;
  }
}
