import sql, { raw, type Sql } from 'sql-template-tag';
import { foldedName } from '../../store/clickhouse/letters.js';
import {
  columnOf,
  REPEATS_ANY,
  REPEATS_ONE_WITHOUT_ID,
  VALUE_COLUMNS,
  type ReportTableName,
} from '../../store/clickhouse/report-tables.js';
import type { Counting } from '../../store/store.js';
import { CUSTOMER_ID } from '../../../protocol/reports.js';
import type { SiteSettings } from '../site-settings.js';
import type { Scope } from '../questions/report.js';
import { CLICKHOUSE } from './dialect.js';

const MARK_OF: Record<Counting, number> = { reference: REPEATS_ANY, auto: REPEATS_ONE_WITHOUT_ID, 'hit-id': 0 };

export interface ClickHouseSite {
  key: string;
  settings: SiteSettings;
  asOf: number;
  hasMerges: boolean;
  /** The name of a table in this ClickHouse. */
  tableName: (name: ReportTableName) => string;
  /** If it is missing, each query computes the people that it needs. */
  keep?: Scope['keep'] | undefined;
}

/** The scope of a site whose hits are in ClickHouse. @param question the question as it was asked */
export function scopeOf(
  { key, settings, asOf, hasMerges, tableName, keep = (people) => people }: ClickHouseSite,
  question: object,
): Scope {
  const { timeZone, domains, counting } = settings;
  const table = (name: ReportTableName): Sql => raw(tableName(name));
  const names = (kind: number, column: string): Sql =>
    sql`(SELECT site, folded AS ${raw(column)}, folded, argMax(name, version) AS name FROM ${table('report_names')}
      WHERE site = ${key} AND kind = ${raw(String(kind))} GROUP BY site, folded)`;
  const identities = sql`(
    SELECT a.site AS site, a.identity AS identity, a.name AS name, coalesce(b.person, a.identity) AS person, a.began AS began
    FROM (SELECT site, identity, any(name) AS name, min(began) AS began FROM ${table('report_identities')}
      WHERE site = ${key} GROUP BY site, identity) a
    LEFT JOIN (SELECT identity, min(person) AS person FROM ${table('report_people')} WHERE site = ${key} GROUP BY identity) b
      ON b.identity = a.identity)`;
  const mark = raw(String(MARK_OF[counting]));
  const columns = ['site', 'hit', 'time', 'identity', 'person', 'agent', ...VALUE_COLUMNS].map(
    (name) => `h.${name} AS ${name}`,
  );
  const withNames = asksForNames(question);
  const hits = sql`(
    SELECT ${raw(columns.join(', '))}, h.event AS stored_event, if(bitAnd(h.marks, ${mark}) = 0, h.event, '') AS event
      ${raw(withNames ? ', i.name AS identity_name' : '')}
    FROM ${table('report_hits')} h ${withNames ? sql`LEFT JOIN ${identities} i ON i.identity = h.identity` : raw('')}
    WHERE h.site = ${key})`;
  return {
    ...{ site: key, timeZone, domains, asOf, hasMerges },
    eventCode: foldedName,
    property: (row, name) => {
      const folded = foldedName(name);
      const column = raw(`${row}.${columnOf(folded)}`);
      return sql`if(mapContains(${column}, ${folded}), ${column}[${folded}], NULL)`;
    },
    tables: {
      hits,
      identities,
      merges: sql`(SELECT person, min("into") AS "into" FROM ${table('report_merges')} WHERE site = ${key} GROUP BY person)`,
      events: names(0, 'event'),
      properties: names(1, 'property'),
    },
    keep,
    dialect: withNames ? { ...CLICKHOUSE, values: [...CLICKHOUSE.values, 'identity_name'] } : CLICKHOUSE,
  };
}

/**
 * Whether a question needs names of identities. They are joined only then, since that takes long. A cell contains a question, too.
 */
function asksForNames(question: object): boolean {
  const { cell } = question as { cell?: string };
  const asked = JSON.stringify(question) + (cell === undefined ? '' : Buffer.from(cell, 'base64url').toString());
  return asked.toLowerCase().includes(CUSTOMER_ID.toLowerCase());
}
