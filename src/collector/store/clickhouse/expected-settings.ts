import { ClickHouseError, type ClickHouseClient, type ClickHouseSettings } from '@clickhouse/client';
import { texts } from './sql.js';

/** What the SQL of kmq expects of every statement. Owners give their users other defaults, and so do some versions. */
const EXPECTED: ClickHouseSettings = {
  // With these, aggregates and columns of tables would be of other types, and rows without a partner would have other values.
  aggregate_functions_null_for_empty: 0,
  data_type_default_nullable: 0,
  group_by_use_nulls: 0,
  join_use_nulls: 0,
  transform_null_in: 0,
  // Rows would be missing in answers.
  limit: '0',
  offset: '0',
  // An insert must succeed only when its rows are stored.
  async_insert: 0,
};

const ACCESS_DENIED = '497';

/** Those that a node knows: it refuses a statement with others. None if its user may not ask for them. */
export async function expectedSettings(client: ClickHouseClient): Promise<ClickHouseSettings> {
  const names = await knownTo(client).catch((error: unknown): string[] => {
    if (error instanceof ClickHouseError && error.code === ACCESS_DENIED) return [];
    throw error;
  });
  return Object.fromEntries(Object.entries(EXPECTED).filter(([name]) => names.includes(name)));
}

async function knownTo(client: ClickHouseClient): Promise<string[]> {
  // One row: this query itself runs without these settings, and a limit of the user could cut off further rows.
  const query = `SELECT groupArray(name) AS names FROM system.settings WHERE name IN ${texts(Object.keys(EXPECTED))}`;
  const [row] = await (await client.query({ query, format: 'JSONEachRow' })).json<{ names: string[] }>();
  return row!.names;
}
