import { ClickHouseError } from '@clickhouse/client';

const UNKNOWN_TABLE = '60';
const UNKNOWN_DATABASE = '81';

/** As servers before 20.1 write an error. The client does not parse that, and throws it as an `Error` with this text. */
const OLD_ERROR = /^Code: (\d+), e\.displayText\(\) = /;

/** The code of an error that ClickHouse has answered, such as `60`; undefined for any other error, such as one of the connection. */
export function codeOf(error: unknown): string | undefined {
  if (error instanceof ClickHouseError) return error.code;
  return error instanceof Error ? OLD_ERROR.exec(error.message)?.[1] : undefined;
}

/** Whether an error says that a table or the database does not exist. */
export const isMissing = (error: unknown): boolean => [UNKNOWN_TABLE, UNKNOWN_DATABASE].includes(codeOf(error) ?? '');
