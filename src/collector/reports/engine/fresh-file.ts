import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import { bitOf, COLUMN_NAMES, COLUMNS, TABLES } from '../tables.js';
import { CREATE_STATE } from './state.js';
import { usedProperties, type UsedProperty } from './used-properties.js';
import { appendRows, rowsOf } from './values.js';

/** For each code, when a report last used the property, Unix milliseconds. */
type AskedFor = ReadonlyMap<number, number>;

/**
 * Columns are chosen again only for so many sites, the largest: anyone may create thousands of sites, and each makes the
 * statement longer.
 */
const SITES_ARRANGED = 50;

/**
 * Fills a new file, attached as `fresh`, with all data. Rows are sorted by (site, event, time), so that most questions read only a
 * third of them. Merges are written into the rows. Names without hits are left out. Columns go to the properties that reports
 * use, then to the most frequent ones.
 */
export async function fillFresh(connection: DuckDBConnection, askedFor: AskedFor): Promise<void> {
  for (const [name, columns] of Object.entries(TABLES)) await connection.run(`CREATE TABLE fresh.${name} (${columns})`);
  await connection.run(CREATE_STATE.replace('TABLE state', 'TABLE fresh.state'));
  const uses = await usedProperties(connection);
  const columns = chooseColumns(uses, askedFor);
  const statements = [
    'INSERT INTO fresh.sites FROM sites',
    `INSERT INTO fresh.identities
       SELECT i.site, i.identity, i.name, coalesce(m."into", i.person) FROM identities i LEFT JOIN merges m ON m.person = i.person
       ORDER BY i.site, i.identity`,
    'INSERT INTO fresh.events FROM events e WHERE e.event IN (SELECT DISTINCT event FROM hits)',
  ];
  for (const statement of statements) await connection.run(statement);
  await connection.run('CREATE OR REPLACE TEMP TABLE placed (property INTEGER, "column" TINYINT, asked BIGINT)');
  const place = (appender: DuckDBAppender, { code }: UsedProperty): void => {
    appender.appendInteger(code);
    const column = columns.get(code);
    if (column === undefined) appender.appendNull();
    else appender.appendTinyInt(column);
    const asked = askedFor.get(code);
    if (asked === undefined) appender.appendNull();
    else appender.appendBigInt(BigInt(asked));
  };
  await appendRows(connection, 'placed', uses, place, 'temp');
  await connection.run(
    'INSERT INTO fresh.properties SELECT p.site, p.property, p.name, p.folded, q."column", q.asked FROM properties p JOIN placed q USING (property)',
  );
  await connection.run('DROP TABLE temp.placed');
  await connection.run(`INSERT INTO fresh.hits ${hitsInColumns(uses, columns)}`);
  await connection.run('INSERT INTO fresh.state SELECT version, "upto", "left", identity, site, false, 0 FROM state');
  const [counts] = await rowsOf(
    connection,
    'SELECT (SELECT count(*) FROM hits) AS old, (SELECT count(*) FROM fresh.hits) AS fresh',
  );
  if (counts!.old !== counts!.fresh)
    throw new Error(`The new file has ${String(counts!.fresh)} of ${String(counts!.old)} hits.`);
}

/** For each code of a property, its column. A property that keeps a column keeps the same one. */
function chooseColumns(uses: readonly UsedProperty[], askedFor: AskedFor): Map<number, number> {
  const columns = new Map<number, number>();
  const sites = Map.groupBy(uses, ({ site }) => site);
  const hitsOf = (site: number): number => sites.get(site)!.reduce((sum, { hits }) => sum + hits, 0);
  const largest = new Set([...sites.keys()].toSorted((a, b) => hitsOf(b) - hitsOf(a)).slice(0, SITES_ARRANGED));
  for (const [site, ofSite] of sites) {
    if (!largest.has(site)) {
      for (const { code, column } of ofSite) if (column !== null) columns.set(code, column);
      continue;
    }
    const askedAt = ({ code }: UsedProperty): number => askedFor.get(code) ?? 0;
    const chosen = ofSite.toSorted((a, b) => askedAt(b) - askedAt(a) || b.hits - a.hits).slice(0, COLUMNS);
    const free = new Set(COLUMN_NAMES.map((_, index) => index + 1));
    for (const { code, column } of chosen) {
      if (column === null) continue;
      columns.set(code, column);
      free.delete(column);
    }
    for (const { code } of chosen) {
      if (columns.has(code)) continue;
      const [column] = free;
      columns.set(code, column!);
      free.delete(column!);
    }
  }
  return columns;
}

/** Rows with the properties in their new columns; properties without a column are in `others`. */
function hitsInColumns(uses: readonly UsedProperty[], columns: ReadonlyMap<number, number>): string {
  const leaving = uses.filter(({ code, column }) => column !== null && !columns.has(code));
  const coming = uses.filter(({ code, column }) => column === null && columns.has(code));
  const inColumn = COLUMN_NAMES.map((name, index) => {
    const column = index + 1;
    const bySite = new Map<number, string>();
    for (const use of leaving) if (use.column === column) bySite.set(use.site, 'NULL');
    for (const { site, code } of coming) if (columns.get(code) === column) bySite.set(site, `h.others[${code}]`);
    const cases = [...bySite].map(([site, value]) => `WHEN ${site} THEN ${value}`);
    return cases.length ? `CASE h.site ${cases.join(' ')} ELSE h.${name} END AS ${name}` : `h.${name} AS ${name}`;
  });
  const stays = coming.length
    ? `map_from_entries(list_filter(map_entries(h.others), lambda entry: entry.key NOT IN (${coming.map(({ code }) => code).join(', ')})))`
    : 'h.others';
  const added = leaving.map(
    ({ site, code, column }) =>
      `CASE WHEN h.site = ${site} AND h.c${column} IS NOT NULL THEN map([${code}], [h.c${column}]) END`,
  );
  const others = added.length ? `map_concat(${[stays, ...added].join(', ')})` : stays;
  const carried = COLUMN_NAMES.map(
    (name, index) => `CASE WHEN ${name} IS NULL THEN 0 ELSE ${bitOf(index + 1)} END`,
  ).join(' | ');
  return `
    SELECT h.site, h.hit, h."time", h.identity, coalesce(m."into", h.person), h.event, h.agent, ${carried}, ${COLUMN_NAMES.join(', ')},
      CASE WHEN cardinality(remaining) > 0 THEN remaining END
    FROM (
      SELECT h.site, h.hit, h."time", h.identity, h.person, h.event, h.agent, ${inColumn.join(', ')}, ${others} AS remaining FROM hits h
    ) h LEFT JOIN merges m ON m.person = h.person
    ORDER BY h.site, h.event, h."time", h.hit`;
}
