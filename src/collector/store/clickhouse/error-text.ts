import { ClickHouseError } from '@clickhouse/client';
import { codeOf } from './error-code.js';

/**
 * The errors whose text has only amounts, limits, and names of tables, settings, users, servers and files, apart from what it says about the
 * place in the statement (https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp). The texts of all others may quote a
 * row or a statement, such as `Cannot convert string bob@example.com to type UInt64`.
 */
export const TEXT_WITHOUT_DATA = {
  // Files and disks.
  CANNOT_READ_FROM_ISTREAM: 23,
  CANNOT_WRITE_TO_OSTREAM: 24,
  CANNOT_READ_ALL_DATA: 33,
  CHECKSUM_DOESNT_MATCH: 40,
  CANNOT_READ_FROM_FILE_DESCRIPTOR: 74,
  CANNOT_WRITE_TO_FILE_DESCRIPTOR: 75,
  CANNOT_OPEN_FILE: 76,
  CANNOT_SEEK_THROUGH_FILE: 87,
  CANNOT_TRUNCATE_FILE: 88,
  NO_FILE_IN_DATA_PART: 226,
  BAD_SIZE_OF_FILE_IN_DATA_PART: 228,
  NO_SUCH_DATA_PART: 232,
  NOT_ENOUGH_SPACE: 243,
  CANNOT_DECOMPRESS: 271,
  S3_ERROR: 499,
  POCO_EXCEPTION: 1000,
  STD_EXCEPTION: 1001,
  // What exists, and what a version knows.
  DUPLICATE_COLUMN: 15,
  NO_SUCH_COLUMN_IN_TABLE: 16,
  UNKNOWN_FUNCTION: 46,
  TABLE_ALREADY_EXISTS: 57,
  UNKNOWN_TABLE: 60,
  UNKNOWN_DATABASE: 81,
  UNKNOWN_SETTING: 115,
  SUPPORT_IS_DISABLED: 344,
  QUERY_IS_PROHIBITED: 392,
  CLUSTER_DOESNT_EXIST: 701,
  // Limits, loads and time.
  TOO_MANY_ROWS: 158,
  TIMEOUT_EXCEEDED: 159,
  TOO_SLOW: 160,
  TOO_MANY_COLUMNS: 161,
  TOO_MANY_TEMPORARY_COLUMNS: 165,
  CANNOT_ALLOCATE_MEMORY: 173,
  SET_SIZE_LIMIT_EXCEEDED: 191,
  QUOTA_EXCEEDED: 201,
  TOO_MANY_SIMULTANEOUS_QUERIES: 202,
  NO_FREE_CONNECTION: 203,
  MEMORY_LIMIT_EXCEEDED: 241,
  TOO_MANY_PARTS: 252,
  LIMIT_EXCEEDED: 290,
  TOO_MANY_BYTES: 307,
  QUERY_WAS_CANCELLED: 394,
  TOO_MANY_ROWS_OR_BYTES: 396,
  CANNOT_SCHEDULE_TASK: 439,
  SERVER_OVERLOADED: 745,
  // Rights and logins.
  READONLY: 164,
  UNKNOWN_USER: 192,
  WRONG_PASSWORD: 193,
  REQUIRED_PASSWORD: 194,
  IP_ADDRESS_NOT_ALLOWED: 195,
  DATABASE_ACCESS_DENIED: 291,
  SETTING_CONSTRAINT_VIOLATION: 452,
  ACCESS_DENIED: 497,
  AUTHENTICATION_FAILED: 516,
  // Connections, sessions and replicas.
  SOCKET_TIMEOUT: 209,
  NETWORK_ERROR: 210,
  NO_ZOOKEEPER: 225,
  ABORTED: 236,
  TABLE_IS_READ_ONLY: 242,
  ALL_CONNECTION_TRIES_FAILED: 279,
  TOO_FEW_LIVE_REPLICAS: 285,
  UNKNOWN_STATUS_OF_INSERT: 319,
  SESSION_NOT_FOUND: 372,
  SESSION_IS_LOCKED: 373,
  KEEPER_EXCEPTION: 999,
  // The text is that of whoever wrote the statement, and no value.
  FUNCTION_THROW_IF_VALUE_IS_NON_ZERO: 395,
} as const;

const CODES: ReadonlySet<string> = new Set(Object.values(TEXT_WITHOUT_DATA).map(String));

/** How versions before 20.1 begin and end an error. */
const OLD_FRAME = /^Code: \d+, e\.displayText\(\) = DB::Exception: |, e\.what\(\) = .*$/gs;
/** Where an error begins to quote the statement, a row or the place in a file. */
const PLACE = /[\s:;.,(]*\b(?:[Ww]hile|[Ii]n query|[Ii]n scope|[Ii]n expression|[Ii]n file|[Ss]tack trace)\b.*$/s;
const VIEW = /while pushing to view ([\w.`]+)/i;

/**
 * An error of ClickHouse for the log: with its code and name, and with its text only if that cannot contain an identity or a value of a hit.
 * The log of ClickHouse has the whole text. Other errors do not change.
 */
export function withoutData(error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined || 'statusCode' in (error as Error)) return error;
  const { message } = error as Error;
  const type = error instanceof ClickHouseError ? (error.type ?? '') : '';
  return new ClickHouseError({ code, type, message: textWithoutData(code, type, message) });
}

/** The same for the text of an error that ClickHouse stores in a table, such as `Code: 241. DB::Exception: … (MEMORY_LIMIT_EXCEEDED)`. */
export function storedTextWithoutData(text: string): string {
  const [, code, message] = /^Code: (\d+)(?:\.|, e\.displayText\(\) =) DB::Exception: (.*)$/s.exec(text) ?? [];
  const types = [...text.matchAll(/\(([A-Z][A-Z0-9_]{3,})\)/g)];
  return code === undefined ? UNKNOWN : textWithoutData(code, types.at(-1)?.[1] ?? '', message!);
}

const UNKNOWN = 'ClickHouse says why in its own log.';

function textWithoutData(code: string, type: string, message: string): string {
  const [, view] = VIEW.exec(message) ?? [];
  const where = view === undefined ? '' : ` It happens in the view ${view}.`;
  if (CODES.has(code)) {
    const said = message
      .replace(OLD_FRAME, '')
      .replace(PLACE, '')
      .replace(/\s*\([A-Z][A-Z0-9_]{3,}\)\s*(\(version .*)?$/s, '');
    return `${said.trim().replace(/\.$/, '')}.${where}`;
  }
  const name = type && ` (${type})`;
  return `ClickHouse refuses a statement with the error ${code}${name}.${where} The text of the error may contain data of a hit, so only the log of ClickHouse has it.`;
}
