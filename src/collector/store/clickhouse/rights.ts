import { hasCode, reword } from './error-code.js';
import type { Nodes } from './nodes.js';
import type { Tables } from './tables.js';

/** What a collector does in its database, in the words of GRANT. */
const IN_DATABASE = [
  ...['SELECT', 'INSERT', 'CREATE TABLE', 'CREATE VIEW', 'DROP TABLE'],
  ...['ALTER DELETE', 'ALTER UPDATE', 'ALTER ADD COLUMN', 'ALTER ADD INDEX'],
];

/** What it reads of ClickHouse itself: the tables, each with the columns. */
const READ = new Map([
  ['system.mutations', 'database, table, mutation_id, is_done'],
  ['system.processes', 'query_id, query'],
  ['system.tables', 'database, name'],
  ['system.columns', 'database, table, name'],
  ['system.settings', 'name, value'],
]);
/** The same for a cluster. */
const READ_ON_CLUSTER = new Map([['system.clusters', 'cluster, shard_num']]);

/** On a cluster, for tables over all its nodes, and for statements that run on any of them. */
const REMOTE = 'REMOTE ON *.*';

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
  /** Rights that a collector needs and the user does not have, each as GRANT has it before TO. */
  missing: string[];
}

/**
 * Asks which rights the user has. What cannot be asked counts as no fault: versions before 24.10 do not know the question about rights to
 * write, and some users may not ask.
 */
export async function rightsOf(nodes: Nodes, { database, cluster }: Tables): Promise<Rights> {
  const isReader = await orIfNotAsked(false, async () => {
    const settings = await nodes.rows<{ value: string }>(`SELECT value FROM system.settings WHERE name = 'readonly'`);
    return settings.some(({ value }) => value !== '0');
  });
  if (isReader) return { isReader, missing: [] };
  const missing: string[] = [];
  const inDatabase = await lackedAmong(nodes, IN_DATABASE, `${database}.*`);
  if (inDatabase.length) missing.push(`${inDatabase.join(', ')} ON ${database}.*`);
  // Not by asking for the right: these tables may be open to everybody, and old versions do not know the question.
  for (const [table, columns] of [...READ, ...(cluster === undefined ? [] : READ_ON_CLUSTER)])
    if (await isDenied(() => nodes.rowsEverywhere(`SELECT ${columns} FROM ${table} LIMIT 1`)))
      missing.push(`SELECT ON ${table}`);
  if (cluster === undefined) return { isReader, missing };
  const isRemote =
    !(await lackedAmong(nodes, ['REMOTE'], '*.*')).length &&
    !(await isDenied(() => nodes.rowsEverywhere(`SELECT 1 AS one FROM cluster('${cluster}', system.one) LIMIT 1`)));
  return { isReader, missing: isRemote ? missing : [...missing, REMOTE] };
}

async function lackedAmong(nodes: Nodes, rights: readonly string[], where: string): Promise<string[]> {
  return orIfNotAsked([], async () => {
    const lacked: string[] = [];
    for (const right of rights) {
      const answer = await nodes.textOf(`CHECK GRANT ${right} ON ${where}`);
      if (answer.trim() === '0') lacked.push(right);
    }
    return lacked;
  });
}

/** Whether the user may not run a query. Any other error is no answer: a node may not know the cluster, or cannot reach another one. */
async function isDenied(query: () => Promise<unknown>): Promise<boolean> {
  try {
    await query();
    return false;
  } catch (error) {
    return hasCode(error, 'ACCESS_DENIED');
  }
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
