import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import type { ReportHit } from '../../store/embedded/report-hit.js';
import { bitOf, COLUMN_TYPES, COLUMNS, NO_EVENT } from '../tables.js';
import type { CopyOrder, Names } from './names.js';
import { appendRows } from './values.js';

/**
 * Hits are first written into a temporary table, with properties without a column as JSON, and then inserted by one statement. To
 * make their maps one by one took three times as long, and four times the memory.
 */
const STAGED = `
  CREATE TEMP TABLE IF NOT EXISTS staged (
    site INTEGER, hit BIGINT, "time" BIGINT, identity INTEGER, person INTEGER, event INTEGER, agent TINYINT, carried INTEGER, ${COLUMN_TYPES},
    others VARCHAR)`;

const UNSTAGE = `
  INSERT INTO hits
  SELECT * REPLACE (CAST(CAST(CAST(others AS JSON) AS MAP(VARCHAR, VARCHAR)) AS MAP(INTEGER, VARCHAR)) AS others) FROM staged`;

/** Writes hits as rows, without aliases; part of a transaction. */
export async function appendHits(
  connection: DuckDBConnection,
  hits: readonly ReportHit[],
  names: Names,
  order: CopyOrder,
): Promise<void> {
  await connection.run(STAGED);
  const values = new Array<string | null>(COLUMNS);
  const stage = (appender: DuckDBAppender, hit: ReportHit): void => {
    const counts = hit.kind === 'event' && !hit.isRepeat;
    appender.appendInteger(hit.site);
    appender.appendBigInt(BigInt(hit.row));
    appender.appendBigInt(BigInt(hit.time));
    appender.appendInteger(hit.identity);
    appender.appendInteger(hit.person);
    appender.appendInteger((counts ? names.noteEvent(hit.site, hit.name!, order) : undefined) ?? NO_EVENT);
    appender.appendTinyInt(hit.agent);
    values.fill(null);
    let carried = 0;
    let others: Record<number, string> | undefined;
    for (const [name, value] of hit.properties) {
      const place = names.noteProperty(hit.site, name, order);
      // DuckDB refuses JSON with an unpaired surrogate.
      const text = value.toWellFormed();
      if (place?.column !== undefined) {
        values[place.column - 1] = text;
        carried |= bitOf(place.column);
      } else if (place) (others ??= {})[place.code] = text;
    }
    appender.appendInteger(carried);
    for (const value of values) {
      if (value === null) appender.appendNull();
      else appender.appendVarchar(value);
    }
    if (others) appender.appendVarchar(JSON.stringify(others));
    else appender.appendNull();
  };
  const rows = hits.filter(({ kind }) => kind !== 'alias');
  await appendRows(connection, 'staged', rows, stage, 'temp');
  await connection.run(UNSTAGE);
  await connection.run('TRUNCATE staged');
}
