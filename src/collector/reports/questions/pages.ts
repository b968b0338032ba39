import sql, { raw, type Sql } from 'sql-template-tag';
import { OVERVIEW_VALUES, type Days } from '../../../protocol/reports.js';
import { isStep, propertyIn } from './properties.js';
import type { Scope } from './report.js';
import { visibleHits, withinDays } from './visible-hits.js';

/**
 * The pages that people saw. Links to one page with different campaigns are one page: the parameters of campaigns and click ids are
 * left out of the address.
 */

/** The views among these hits, a table with the columns of `visibleHits`. */
export interface Viewed extends Days {
  hits: Sql;
}

/**
 * A query with the columns `person` and `address`, a row for each view. If the site has recorded no page views on these days, the
 * first page of each visit counts.
 */
function views(viewed: Viewed, scope: Scope): Sql {
  const hits = (hits: Sql, event: string, property: string): Sql => sql`${hits} h
    WHERE ${isStep('h', { event }, scope) ?? raw('FALSE')} AND ${withinDays('h', viewed, scope)} AND ${propertyIn('h', property, scope)} IS NOT NULL`;
  const addresses = (event: string, property: string): Sql =>
    sql`SELECT h.person AS person, ${propertyIn('h', property, scope)} AS address FROM ${hits(viewed.hits, event, property)}`;
  const [view, visit] = [['Page View', 'Viewed URL'] as const, ['Visited Site', 'URL'] as const];
  return sql`${addresses(...view)} UNION ALL
    ${addresses(...visit)} AND (SELECT count(*) FROM ${hits(visibleHits({}, scope), ...view)}) = 0`;
}

/**
 * The pages with the most people: `value`, `people`, `times`. A page has at most as many people as views. So people are counted
 * only for pages with enough views to be among the largest: most addresses of a large site are viewed once. If the engine computes a
 * table each time it is named, that would take longer, and is not done.
 */
export function largestPages(viewed: Viewed, scope: Scope): Sql {
  const most = raw(String(OVERVIEW_VALUES));
  const all = views(viewed, scope);
  const page = scope.dialect.page(raw('address'));
  if (scope.dialect.repeatsTables)
    return sql`SELECT value, count(DISTINCT person) AS people, count(*) AS times FROM (
        SELECT person, ${page} AS value FROM (${all}))
      GROUP BY value ORDER BY people DESC, value LIMIT ${most}`;
  const people = (values: string): Sql => sql`SELECT a.value AS value, count(DISTINCT p.person) AS people
    FROM (${all}) p JOIN addresses a ON a.address = p.address WHERE a.value IN (${raw(values)}) GROUP BY a.value`;
  return sql`WITH addresses AS (
      SELECT address, ${page} AS value, times FROM (SELECT address, count(*) AS times FROM (${all}) GROUP BY address)),
    viewed AS (SELECT value, CAST(sum(times) AS BIGINT) AS times FROM addresses GROUP BY value),
    most_viewed AS (SELECT value FROM viewed ORDER BY times DESC LIMIT ${most}),
    fewest AS (SELECT min(people) AS people FROM (${people('SELECT value FROM most_viewed')})),
    counted AS (${people('SELECT value FROM viewed WHERE times >= (SELECT people FROM fewest)')})
    SELECT c.value, c.people, v.times FROM counted c JOIN viewed v ON v.value = c.value ORDER BY c.people DESC, c.value LIMIT ${most}`;
}

/** @returns a query with one column `person`, each person once */
export function peopleOfPage(page: string, viewed: Viewed, scope: Scope): Sql {
  // Few addresses begin like the page, and only these are looked at more closely.
  const [beginning] = page.split(/[?#]/, 1);
  return sql`SELECT DISTINCT person FROM (${views(viewed, scope)})
    WHERE ${scope.dialect.begins(raw('address'), beginning!)} AND ${scope.dialect.page(raw('address'))} = ${page}`;
}
