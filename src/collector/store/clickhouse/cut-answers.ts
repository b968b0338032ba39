import { isException, parseError } from '@clickhouse/client';

// An error in the middle of an answer. The status was sent before, so some versions, such as 24.8, write the error into the JSON, where the
// client takes it for a row or leaves it out: https://github.com/ClickHouse/clickhouse-js/issues/332

/** @throws ClickHouseError if the last row is an error */
export function assertWhole(rows: readonly unknown[]): void {
  const last = rows.at(-1);
  if (isException(last)) throw parseError(last.exception);
}

/** @throws ClickHouseError if the answer has an error beside its rows */
export function assertNoError(answer: object): void {
  if ('exception' in answer) throw parseError(String(answer.exception));
}
