import { Readable } from 'node:stream';
import { reportLimits } from '../collector/reports-of-options.js';
import { EVENT_COLUMNS, SNAPSHOT_TABLES } from '../collector/reports/snapshot-format.js';
import { quoteName, quoteText } from '../collector/reports/quoting.js';
import { declarationOf, type SentEvent } from './declaration.js';
import { toFile, toStandardOutput } from './export-output.js';
import { withSnapshot } from './snapshot.js';
import { SqlDatabase } from './sql-database.js';
import { storeSettings } from './store-settings.js';

export interface TypesOptions extends Record<string, unknown> {
  key: string;
  output?: string;
}

/** Anyone may send any names. Of more events those of the most people are written, of more properties the most frequent ones. */
const MOST_EVENTS = 1000;
const MOST_PROPERTIES = 200;

/** Hits of bots are left out: they are no events of the application. */
const COUNTED = "event IS NOT NULL AND agent <> 'bot'";

/**
 * A number as JavaScript writes it, such as 0.30000000000000004, with at most 15 digits before the point and 17 after it. Any other text
 * counts as a text: an order number may have more digits.
 */
const NUMBER = String.raw`-?(0|[1-9][0-9]{0,14})(\.[0-9]{0,16}[1-9])?`;
/** A date as the clients send a `Date`. */
const DATE = String.raw`[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z`;

/** Writes the declaration of a site's events. */
export async function answerTypes({ key, output, ...flags }: TypesOptions): Promise<void> {
  const settings = storeSettings(flags);
  await withSnapshot(settings, key, SNAPSHOT_TABLES, async (snapshot) => {
    const database = await SqlDatabase.open(snapshot, reportLimits(settings));
    try {
      const { events, more } = await sentEvents(database, snapshot.inMap);
      const text = Readable.from([declarationOf(events)]);
      if (output === undefined) await toStandardOutput(text);
      else await toFile(text, output, false);
      console.error(`Events written: ${events.length}.`);
      if (more) console.error(`Events left out, which fewer people did: ${more}.`);
    } finally {
      database.close();
    }
  });
}

/** @param inMap properties that have no column in the file: they are in the map */
async function sentEvents(
  database: SqlDatabase,
  inMap: readonly string[],
): Promise<{ events: SentEvent[]; more: number }> {
  const columns = await rows(database, "SELECT column_name FROM duckdb_columns() WHERE table_name = 'events'");
  const known = new Set<unknown>([...EVENT_COLUMNS, ...inMap]);
  const own = columns.map(([name]) => String(name)).filter((name) => !known.has(name));
  const valuesOf = own.map(
    (name) =>
      `SELECT event, ${quoteText(name)} AS property, ${quoteName(name)} AS value FROM sent WHERE ${quoteName(name)} IS NOT NULL`,
  );
  const events = new Map<string, SentEvent>();
  const counted = await rows(
    database,
    `SELECT event, count(*), count(*) OVER () FROM events WHERE ${COUNTED}
     GROUP BY event ORDER BY count(DISTINCT person) DESC, event LIMIT ${MOST_EVENTS}`,
  );
  for (const [name, times] of counted)
    events.set(String(name), { name: String(name), times: Number(times), properties: [] });
  const properties = await rows(
    database,
    `WITH sent AS (FROM events WHERE ${COUNTED}),
     given AS (
       ${[...valuesOf, 'SELECT event, entry.key, entry.value FROM (SELECT event, unnest(map_entries(properties)) AS entry FROM sent)'].join(' UNION ALL ')})
     SELECT event, property, count(*) AS times, count(*) FILTER (value = '') AS empty,
       count(*) FILTER (value IN ('true', 'false')) AS booleans,
       count(*) FILTER (regexp_full_match(value, ${quoteText(NUMBER)})) AS numbers,
       count(*) FILTER (regexp_full_match(value, ${quoteText(DATE)})) AS dates
     FROM given GROUP BY event, property
     QUALIFY row_number() OVER (PARTITION BY event ORDER BY count(*) DESC, property) <= ${MOST_PROPERTIES}`,
  );
  for (const [event, name, ...counts] of properties) {
    const [times, empty, booleans, numbers, dates] = counts.map(Number) as [number, number, number, number, number];
    events.get(String(event))?.properties.push({ name: String(name), times, empty, booleans, numbers, dates });
  }
  return { events: [...events.values()], more: Number(counted[0]?.[2] ?? 0) - counted.length };
}

async function rows(database: SqlDatabase, statement: string): Promise<unknown[][]> {
  for await (const { result } of database.run(statement)) return result.getRows();
  return [];
}
