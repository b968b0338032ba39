import sql, { join, raw, type Sql } from 'sql-template-tag';
import { z } from 'zod';
import type { PeopleColumn, PeopleQuestion } from '../../../protocol/reports.js';
import { plainAnswer } from './answers.js';
import { readCell, type CountedReports } from './cells.js';
import { asked, days, inOrder, LIMITS, name, step } from './common.js';
import { countedHits } from './counted-hits.js';
import { inSortedOrder, isBehind, readPosition, writePosition, type Position } from './people-pages.js';
import { columnOf } from './people-columns.js';
import type { Report, Row, Scope } from './report.js';
import { resolvedIdentities, visibleHits } from './source.js';

/** The list of people for whom a condition holds, or who are behind a number of another report. */

const MOST_ON_A_PAGE = LIMITS.people;
const ON_A_PAGE = 50;
const LONGEST_CELL = 65_536;

const column = z
  .discriminatedUnion(
    'show',
    [
      z.strictObject({ ...step, show: z.enum(['first', 'last', 'times']) }),
      z.strictObject({ ...step, property: name, show: z.enum(['sum', 'average']) }),
      z.strictObject({ property: name, show: z.enum(['first value', 'last value', 'first time', 'last time']) }),
    ],
    'needs `event` or `property`, and `show`',
  )
  .meta({ id: 'PeopleColumn' }) satisfies z.ZodType<PeopleColumn>;

const questionAbout = (reports: CountedReports) =>
  inOrder(
    z.strictObject({
      ...asked,
      ...days,
      cell: z
        .string()
        .max(LONGEST_CELL)
        .refine((cell) => readCell(cell, reports) !== undefined, 'is no cell of an answer')
        .optional(),
      columns: z.array(column).max(LIMITS.columns).optional(),
      sort: z.strictObject({ column: z.int().min(0), descending: z.boolean().optional() }).optional(),
      limit: z.int().min(1).max(MOST_ON_A_PAGE).default(ON_A_PAGE),
      after: z.string().max(LONGEST_CELL).optional(),
    }),
  )
    .refine(({ filter, cell }) => filter === undefined || cell === undefined, {
      path: ['cell'],
      message: 'cannot be combined with `filter`',
    })
    .refine(({ sort, columns = [] }) => !sort || sort.column < columns.length, {
      path: ['sort', 'column'],
      message: 'is not the index of a column',
    })
    .refine((question) => question.after === undefined || readPosition(question.after, question) !== undefined, {
      path: ['after'],
      message: 'is no `next` of an answer to this question',
    }) satisfies z.ZodType<PeopleQuestion>;

const answer = plainAnswer({
  total: z.int(),
  people: z.array(
    z.object({
      identities: z.array(z.string()),
      customerIds: z.array(z.string()),
      lastSeen: z.number(),
      columns: z.array(z.union([z.string(), z.number()]).nullable()),
    }),
  ),
  next: z.string().nullable(),
});

/** @param reports the kinds of reports whose numbers have cells */
export const peopleReport = (reports: CountedReports): Report<'people'> => ({
  question: questionAbout(reports),
  answer,
  queries: (asked, scope) => ({ people: peopleIn(asked, scope, reports) }),
  toAnswer: ({ people: rows }, asked) => {
    const people = rows!.filter(({ person }) => person !== null);
    const page = people.slice(0, asked.limit);
    return {
      total: rows![0]!.total as number,
      people: page.map((row) => ({
        identities: row.identities as string[],
        customerIds: (row.used ?? []) as string[],
        lastSeen: row.last_seen as number,
        columns: (asked.columns ?? []).map((_, index) => (row[`column${index}`] ?? null) as string | number | null),
      })),
      next: people.length > page.length ? positionOf(page.at(-1)!) : null,
    };
  },
});

function positionOf({ key, person }: Row): string {
  return writePosition({ by: key ?? null, person } as Position);
}

/**
 * The people of a page, plus one if there are more. Each row also has the total number of people; if there are none, there is one
 * row without a person.
 */
function peopleIn(asked: PeopleQuestion, scope: Scope, reports: CountedReports): Sql {
  const { columns = [], sort, limit } = asked;
  const cell = asked.cell === undefined ? undefined : readCell(asked.cell, reports);
  const bots = asked.bots ?? cell?.bots;
  const visible = visibleHits({ bots }, scope);
  const counted = cell
    ? sql`(SELECT * FROM ${visible} WHERE person IN (${cell.people(scope)}))`
    : countedHits(asked, scope);
  const key = sort ? columnOf(columns[sort.column]!, asked, scope) : raw('max(h.time)');
  const shown = columns.map((column, index) => sql`, ${columnOf(column, asked, scope)} AS ${raw(`column${index}`)}`);
  const names = (where?: Sql): Sql => scope.dialect.list(raw('i.name'), raw('i.age'), where);
  return sql`
    WITH seen AS (SELECT h.person, max(h.time) AS last_seen, ${key} AS key FROM ${counted} h GROUP BY h.person),
    page AS (SELECT s.* FROM seen s WHERE ${isBehind('s', asked)} ${inSortedOrder('s', asked)} LIMIT ${limit + 1}),
    shown AS (
      SELECT h.person ${join([raw(''), ...shown], '')}
      FROM ${visible} h WHERE h.person IN (SELECT person FROM page) GROUP BY h.person),
    used AS (SELECT DISTINCT h.identity FROM ${visible} h WHERE h.person IN (SELECT person FROM page)),
    names AS (
      SELECT i.person AS person, ${names()} AS identities, ${names(raw('u.identity IS NOT NULL'))} AS used
      FROM ${resolvedIdentities(scope)} i LEFT JOIN used u ON u.identity = i.identity
      WHERE i.person IN (SELECT person FROM page) GROUP BY i.person)
    SELECT t.total AS total, p.person AS person, p.key AS key, p.last_seen AS last_seen, n.identities AS identities, n.used AS used
      ${raw(columns.map((_, index) => `, c.column${index} AS column${index}`).join(''))}
    FROM (SELECT count(*) AS total FROM seen) t LEFT JOIN page p ON TRUE
    LEFT JOIN names n ON n.person = p.person LEFT JOIN shown c ON c.person = p.person
    ${inSortedOrder('p', asked)}`;
}
