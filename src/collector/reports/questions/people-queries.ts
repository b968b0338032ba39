import sql, { join, raw, type Sql } from 'sql-template-tag';
import type { PeopleQuestion } from '../../../protocol/reports.js';
import { readCell, type CountedReports } from './cells.js';
import { countedHits } from './counted-hits.js';
import { columnOf } from './people-columns.js';
import { inSortedOrder, isBehind, sortedBy } from './people-pages.js';
import type { Queries, Row, Scope } from './report.js';
import { resolvedIdentities, visibleHits } from './visible-hits.js';

/** The queries for a page of people. */

/** The place of somebody on this page or a later one, and on an earlier one. */
const [BEHIND, BEFORE] = [0, 1];

/** @param page rows of `pageOf` @returns those of people on this page, and of the next person if there is one */
export function peopleIn(page: Row[]): Row[] {
  return page.filter(({ place }) => place === BEHIND);
}

function countedIn(asked: PeopleQuestion, scope: Scope, reports: CountedReports): { visible: Sql; counted: Sql } {
  const cell = asked.cell === undefined ? undefined : readCell(asked.cell, reports);
  const visible = visibleHits({ bots: asked.bots ?? cell?.bots }, scope);
  if (!cell) return { visible, counted: countedHits(asked, scope) };
  return { visible, counted: sql`(SELECT * FROM ${visible} WHERE person IN (${cell.people(scope)}))` };
}

/**
 * The people of a page, plus one if there are more. Each row also has the total number of people. So people of earlier pages come after
 * those of this page: then there is a row if there are any people.
 */
export function pageOf(asked: PeopleQuestion, scope: Scope, reports: CountedReports): Sql {
  const { columns = [], sort, limit } = asked;
  const { counted } = countedIn(asked, scope, reports);
  const key = sort?.column === undefined ? raw('max(h.time)') : columnOf(columns[sort.column]!, asked, scope);
  return sql`
    SELECT s.person AS person, s.number AS number, s.text AS text, s.last_seen AS last_seen, s.total AS total, s.place AS place FROM (
      SELECT s.*, count(*) OVER () AS total, CASE WHEN ${isBehind('s', asked)} THEN ${raw(`${BEHIND} ELSE ${BEFORE}`)} END AS place
      FROM (
        SELECT g.person AS person, g.last_seen AS last_seen, ${sortedBy('g.key', asked, scope.dialect)}
        FROM (SELECT h.person AS person, max(h.time) AS last_seen, ${key} AS key FROM ${counted} h GROUP BY h.person) g) s) s
    ${inSortedOrder('s', asked, 's.place')} LIMIT ${limit + 1}`;
}

/**
 * What the page shows of its people, given as rows of `pageOf`. They are named by their numbers: ClickHouse computes a table of a
 * WITH each time it is named, so in one statement it looked five times for the people of the conditions.
 */
export function detailsOf(people: Row[], asked: PeopleQuestion, scope: Scope, reports: CountedReports): Queries {
  const { columns = [] } = asked;
  const { visible } = countedIn(asked, scope, reports);
  const list = raw(people.map(({ person }) => BigInt(person as string | number)).join(', '));
  const used = sql`SELECT DISTINCT h.identity FROM ${visible} h WHERE h.person IN (${list})`;
  const listed = (where?: Sql): Sql => scope.dialect.list(raw('i.name'), raw('i.age'), where);
  const shown = columns.map((column, index) => sql`, ${columnOf(column, asked, scope)} AS ${raw(`column${index}`)}`);
  return {
    names: sql`SELECT i.person AS person, ${listed()} AS identities, ${listed(raw('u.identity IS NOT NULL'))} AS used
      FROM ${resolvedIdentities(scope)} i LEFT JOIN (${used}) u ON u.identity = i.identity
      WHERE i.person IN (${list}) GROUP BY i.person`,
    ...(columns.length && {
      columns: sql`SELECT h.person AS person ${join(shown, '')} FROM ${visible} h WHERE h.person IN (${list}) GROUP BY h.person`,
    }),
  };
}
