import { hasCode, reword } from './error-code.js';
import type { Nodes } from './nodes.js';

/** What a collector does in its database, in the words of GRANT. */
const RIGHTS = [
  ...['SELECT', 'INSERT', 'CREATE TABLE', 'CREATE VIEW', 'DROP TABLE'],
  ...['ALTER DELETE', 'ALTER UPDATE', 'ALTER ADD COLUMN', 'ALTER ADD INDEX'],
];

/** Whether an error says that the user has not enough rights. */
export const isAboutRights = (error: unknown): boolean => hasCode(error, 'READONLY', 'ACCESS_DENIED');

/** The right that is missing, in the words of GRANT, as ClickHouse names it in its error. */
const MISSING_GRANT = /necessary to have the grant (.+?)\.?(?=\s+\(|\s*$)/s;

/**
 * Makes an error about rights one that says what the owner of ClickHouse can do, and whose status says that the same request succeeds after
 * that. Other errors do not change.
 */
export function withAdvice(error: Error, username: string): Error {
  // Several statements may wait for the same answer, and have the same error.
  if (!isAboutRights(error) || 'statusCode' in error) return error;
  return reword(error, `${adviceOf(error, username)} ClickHouse says: ${error.message.trim()}`);
}

function adviceOf(error: Error, username: string): string {
  if (hasCode(error, 'READONLY')) {
    return `The user ${username} of ClickHouse may only read, by its setting readonly. A collector needs readonly = 0; kmq report, kmq sql and kmq export can also have 2.`;
  }
  const [, grant] = MISSING_GRANT.exec(error.message) ?? [];
  const run = grant === undefined ? '' : `: run GRANT ${grant} TO \`${username}\``;
  return `The user ${username} of ClickHouse does not have a right that kmq needs${run}. docs/growing.md lists all of them.`;
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
