import { ClickHouseError } from '@clickhouse/client';

/** As servers before 20.1 write an error. The client does not parse that, and throws it as an `Error` with this text. */
const OLD_ERROR = /^Code: (\d+), e\.displayText\(\) = /;

/** The code of an error that ClickHouse has answered, such as `60`; undefined for any other error, such as one of the connection. */
export function codeOf(error: unknown): string | undefined {
  if (error instanceof ClickHouseError) return error.code;
  return error instanceof Error ? OLD_ERROR.exec(error.message)?.[1] : undefined;
}
