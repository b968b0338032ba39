import { codeOf } from './error-code.js';
import type { Nodes } from './nodes.js';

const READONLY = '164';
const ACCESS_DENIED = '497';

/** What a collector does in its database, in the words of GRANT. */
const RIGHTS = [
  ...['SELECT', 'INSERT', 'CREATE TABLE', 'CREATE VIEW', 'DROP TABLE'],
  ...['ALTER DELETE', 'ALTER UPDATE', 'ALTER ADD COLUMN', 'ALTER ADD INDEX'],
];

/** Whether an error says that the user has not enough rights. */
export const isAboutRights = (error: unknown): boolean => [READONLY, ACCESS_DENIED].includes(codeOf(error) ?? '');

/** Adds to an error about rights what the owner of ClickHouse can do. Other errors do not change. */
export function withAdvice(error: Error, username: string): Error {
  const advice =
    codeOf(error) === READONLY
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

/** Asks which rights the user has. Versions before 24.10 cannot be asked, and then none is missing. */
export async function rightsOf(nodes: Nodes, database: string): Promise<Rights> {
  const missing: string[] = [];
  try {
    const settings = await nodes.rows<{ value: string }>(`SELECT value FROM system.settings WHERE name = 'readonly'`);
    const isReader = settings.some(({ value }) => value !== '0');
    for (const right of isReader ? [] : RIGHTS) {
      const answer = await nodes.textOf(`CHECK GRANT ${right} ON ${database}.*`);
      if (answer.trim() === '0') missing.push(right);
    }
    return { isReader, missing };
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return { isReader: false, missing };
  }
}
