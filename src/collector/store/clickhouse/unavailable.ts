import { codeOf, ERRORS, hasCode, isMissing, reword } from './error-code.js';
import { shortened } from './proxy-page.js';

/** ClickHouse cannot be reached, or hits are not forwarded in time: a read is answered with 503. */
export class Unavailable extends Error {
  readonly statusCode = 503;
}

/** ClickHouse answers, but has too much to do or too little space for a statement. */
class Overloaded extends Unavailable {}

/** What the errors of ClickHouse about its load mean, and what a reader and its owner can do. */
const LOADS = new Map<string, string>([
  [
    ERRORS.TIMEOUT_EXCEEDED,
    'needs more time for this than it may take. Ask again when it has less to do; if that does not help, raise max_execution_time of its user',
  ],
  [ERRORS.QUOTA_EXCEEDED, 'has reached the quota of its user. Ask again later; if that does not help, raise the quota'],
  [
    ERRORS.TOO_MANY_SIMULTANEOUS_QUERIES,
    'runs as many queries as it may. Ask again in a moment; if that does not help, raise max_concurrent_queries in its configuration',
  ],
  [
    ERRORS.MEMORY_LIMIT_EXCEEDED,
    'has too little memory for this. Ask again when it has less to do; if that does not help, give it more memory, or raise max_memory_usage of its user',
  ],
  [ERRORS.NOT_ENOUGH_SPACE, 'has no disk space left. Free some on its disk, or give it a larger one'],
]);

/** Errors of TLS if nobody whom Node trusts has signed a certificate. */
const UNTRUSTED = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]);

/** What OpenSSL says if the other side does not answer by TLS. Others, such as a server that wants a certificate, have the same codes. */
const NO_TLS = /wrong version number|packet length too long|http request/i;

/** A sentence for an error of ClickHouse about its load; undefined for any other error. @param node its address, if that is known */
export function overloadOf(error: unknown, node?: string): Overloaded | undefined {
  const code = codeOf(error) ?? '';
  const load = isLimit(error)
    ? `refuses this: ${limitIn(error as Error)} Raise this limit of its user`
    : LOADS.get(code);
  if (load === undefined) return undefined;
  return new Overloaded(`ClickHouse${node === undefined ? '' : ` at ${node}`} ${load} (error ${code}).`, {
    cause: error,
  });
}

/**
 * Whether an error says that a limit of the user is too small for a statement, other than those of time and memory. Its message says which
 * limit, and how much was needed.
 */
export const isLimit = (error: unknown): boolean =>
  hasCode(error, 'TOO_MANY_ROWS', 'TOO_MANY_BYTES', 'TOO_MANY_ROWS_OR_BYTES', 'TOO_SLOW') ||
  hasCode(error, 'TOO_MANY_COLUMNS', 'TOO_MANY_TEMPORARY_COLUMNS', 'SET_SIZE_LIMIT_EXCEEDED');

/** Quotas of amounts (https://clickhouse.com/docs/operations/quotas), in the message after the name of the user. The others count statements. */
const QUOTA_OF_AMOUNTS = /exceeded.*(?:bytes|rows|time)/s;

/** Whether ClickHouse has refused one more statement, however small: smaller ones would be more of them, and each insert makes parts to be merged. */
export function isAboutCount(error: unknown): boolean {
  const cause = error instanceof Overloaded ? error.cause : error;
  if (hasCode(cause, 'QUOTA_EXCEEDED')) return !QUOTA_OF_AMOUNTS.test((cause as Error).message);
  return hasCode(cause, 'TOO_MANY_PARTS', 'TOO_MANY_SIMULTANEOUS_QUERIES');
}

/** What ClickHouse says about a limit, without the place in its own code. */
export function limitIn({ message }: Error): string {
  const said = message.replace(
    /^Code: \d+, e\.displayText\(\) = DB::Exception: |(?:, e\.what\(\) =|: While executing).*$/gs,
    '',
  );
  return `${said.trim().replace(/\.$/, '')}.`;
}

/** Whether ClickHouse does not know the user, or does not accept the password or the address. */
const isAboutLogin = (error: unknown): boolean =>
  hasCode(error, 'AUTHENTICATION_FAILED', 'REQUIRED_PASSWORD', 'WRONG_PASSWORD', 'UNKNOWN_USER') ||
  hasCode(error, 'IP_ADDRESS_NOT_ALLOWED');

/** Why a node gives no answer; undefined if its error is about the statement. @param username of the address */
export function unavailableFor(error: unknown, node: string, username: string): Unavailable | undefined {
  if (isAboutLogin(error)) {
    return new Unavailable(
      `ClickHouse at ${node} does not accept the user ${username} with the password of the URL, or from this machine (error ` +
        `${codeOf(error)}). Correct the user or the password in the URL of the store, or in ClickHouse, or allow this machine there.`,
      { cause: error },
    );
  }
  // Of these errors about other nodes, a retry may succeed.
  const isPassing = hasCode(error, 'SOCKET_TIMEOUT', 'NETWORK_ERROR', 'ALL_CONNECTION_TRIES_FAILED');
  if (codeOf(error) !== undefined && !isPassing) return overloadOf(error, node);
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== undefined && UNTRUSTED.has(code)) {
    return new Unavailable(
      `The certificate of ClickHouse at ${node} is not trusted (${code}). If a private authority has signed it, start kmq with ` +
        'NODE_EXTRA_CA_CERTS=FILE, where FILE is the certificate of this authority.',
    );
  }
  if (NO_TLS.test(message)) {
    return new Unavailable(
      `ClickHouse at ${node} does not answer by TLS (${code ?? 'a TLS error'}): this may be its port without TLS. Correct the port, which is usually 8443 for TLS, or ` +
        'remove tls=1 from the URL of the store.',
    );
  }
  return new Unavailable(
    `ClickHouse at ${node} does not answer (${code ?? (shortened(message) || 'an error without a text')}).`,
  );
}

/** Makes an error about a missing table of kmq one that says what happens next. Other errors do not change. */
export function withoutTables(error: Error): Error {
  if (!isMissing(error) || 'statusCode' in error) return error;
  return reword(
    error,
    `A table of kmq is missing in ClickHouse. A collector makes tables of reports again by itself, and the others with the next hit. ClickHouse says: ${error.message.trim()}`,
  );
}

/** The error of a command that only reads, if the database or the tables of hits do not exist: a name may be mistyped. */
export function withoutHits(database: string, cause: unknown): Error {
  const says = `The database “${database}” in the URL of ClickHouse does not exist, or has no tables of kmq: no collector has stored hits in it.`;
  return new Error(says, { cause });
}

/** Whether an error says only that ClickHouse cannot be reached, which the forwarder reports. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof Unavailable && !(error instanceof Overloaded);
