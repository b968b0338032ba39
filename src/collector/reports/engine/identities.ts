import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import type { ReportIdentity, ReportSource } from '../../store/embedded/report-source.js';
import type { Merges } from './merges.js';
import { appendRows, rowsOf } from './values.js';

/** Writes identities; part of a transaction. */
export async function appendIdentities(
  connection: DuckDBConnection,
  identities: readonly ReportIdentity[],
): Promise<void> {
  if (!identities.length) return;
  await appendRows(connection, 'identities', identities, (appender, { site, id, name, person }) => {
    appender.appendInteger(site);
    appender.appendInteger(id);
    appender.appendVarchar(name);
    appender.appendInteger(person);
  });
}

/**
 * Compares the identities with those of the store: after a start, and after a removal of unknown people. Part of a
 * transaction.
 * @param last the number of the last identity that reports know
 * @returns whether somebody was removed; then their values stay in the file until it is written again
 */
export async function compareIdentities(
  connection: DuckDBConnection,
  source: ReportSource,
  merges: Merges,
  last: number,
): Promise<boolean> {
  await connection.run('CREATE OR REPLACE TEMP TABLE present (identity INTEGER, person INTEGER)');
  for (let at = 0; at < last;) {
    const { identities, end } = source.identitiesAfter(at);
    const append = (appender: DuckDBAppender, { id, person }: ReportIdentity): void => {
      appender.appendInteger(id);
      appender.appendInteger(person);
    };
    await appendRows(connection, 'present', identities, append, 'temp');
    if (end === undefined) break;
    at = end;
  }
  const changed = await rowsOf(
    connection,
    `SELECT DISTINCT i.person AS label, p.person FROM identities i JOIN present p USING (identity)
     LEFT JOIN merges m ON m.person = i.person WHERE coalesce(m."into", i.person) <> p.person`,
  );
  await merges.relabel(
    connection,
    changed.map(({ label, person }) => [label as number, person as number]),
  );
  const gone = await rowsOf(
    connection,
    'SELECT identity FROM identities WHERE identity NOT IN (SELECT identity FROM present) LIMIT 1',
  );
  if (gone.length) {
    for (const table of ['hits', 'identities']) {
      await connection.run(`DELETE FROM ${table} WHERE identity NOT IN (SELECT identity FROM present)`);
    }
  }
  await connection.run('DROP TABLE temp.present');
  return gone.length > 0;
}
