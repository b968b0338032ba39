import { ClickHouseError } from '@clickhouse/client';

/**
 * The codes of the errors that kmq tells apart, by ClickHouse's names
 * (https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp).
 */
export const ERRORS = {
  UNKNOWN_FUNCTION: '46',
  NOT_IMPLEMENTED: '48',
  TABLE_ALREADY_EXISTS: '57',
  UNKNOWN_TABLE: '60',
  SYNTAX_ERROR: '62',
  UNKNOWN_DATABASE: '81',
  TOO_MANY_ROWS: '158',
  TIMEOUT_EXCEEDED: '159',
  TOO_SLOW: '160',
  TOO_MANY_COLUMNS: '161',
  READONLY: '164',
  TOO_MANY_TEMPORARY_COLUMNS: '165',
  BAD_GET: '170',
  SET_SIZE_LIMIT_EXCEEDED: '191',
  UNKNOWN_USER: '192',
  WRONG_PASSWORD: '193',
  REQUIRED_PASSWORD: '194',
  IP_ADDRESS_NOT_ALLOWED: '195',
  QUOTA_EXCEEDED: '201',
  TOO_MANY_SIMULTANEOUS_QUERIES: '202',
  SOCKET_TIMEOUT: '209',
  NETWORK_ERROR: '210',
  MEMORY_LIMIT_EXCEEDED: '241',
  NOT_ENOUGH_SPACE: '243',
  TOO_MANY_PARTS: '252',
  ALL_CONNECTION_TRIES_FAILED: '279',
  TOO_MANY_BYTES: '307',
  SESSION_NOT_FOUND: '372',
  SESSION_IS_LOCKED: '373',
  TOO_MANY_ROWS_OR_BYTES: '396',
  ACCESS_DENIED: '497',
  AUTHENTICATION_FAILED: '516',
  CLUSTER_DOESNT_EXIST: '701',
  QUERY_CACHE_USED_WITH_SYSTEM_TABLE: '719',
} as const;

/** As servers before 20.1 write an error. The client does not parse that, and throws it as an `Error` with this text. */
const OLD_ERROR = /^Code: (\d+), e\.displayText\(\) = /;

/** The code of an error that ClickHouse has answered, such as `60`; undefined for any other error, such as one of the connection. */
export function codeOf(error: unknown): string | undefined {
  if (error instanceof ClickHouseError) return error.code;
  return error instanceof Error ? (reworded.get(error) ?? OLD_ERROR.exec(error.message)?.[1]) : undefined;
}

/** The codes of errors that have another message by now. */
const reworded = new WeakMap<Error, string | undefined>();

/** Gives an error of ClickHouse a message for the owner, and a status that says that the same request can succeed later. */
export function reword(error: Error, message: string): Error {
  reworded.set(error, codeOf(error));
  error.message = message;
  return Object.assign(error, { statusCode: 503 });
}

/** Whether ClickHouse has answered with one of these errors. */
export function hasCode(error: unknown, ...names: (keyof typeof ERRORS)[]): boolean {
  const code = codeOf(error);
  return names.some((name) => ERRORS[name] === code);
}

/** Whether an error says that a table or the database does not exist. */
export const isMissing = (error: unknown): boolean => hasCode(error, 'UNKNOWN_TABLE', 'UNKNOWN_DATABASE');
