import { z } from 'zod';
import type { PeopleColumn, PeopleQuestion } from '../../../protocol/reports.js';
import { plainAnswer } from './answers.js';
import { readCell, type CountedReports } from './cells.js';
import { asked, days, inOrder, LIMITS, name, step } from './shared-schemas.js';
import { readPosition, writePosition, type Position } from './people-pages.js';
import { detailsOf, pageOf, peopleIn } from './people-queries.js';
import type { Report, Row } from './report.js';

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
        .refine((cell) => readCell(cell, reports) !== undefined, 'is not a cell of an answer')
        .optional(),
      columns: z.array(column).max(LIMITS.columns).optional(),
      sort: z.strictObject({ column: z.int().min(0).optional(), descending: z.boolean().optional() }).optional(),
      limit: z.int().min(1).max(MOST_ON_A_PAGE).default(ON_A_PAGE),
      after: z.string().max(LONGEST_CELL).optional(),
    }),
  )
    .refine(({ filter, cell }) => filter === undefined || cell === undefined, {
      path: ['cell'],
      message: 'cannot be combined with `filter`',
    })
    .refine(({ sort, columns = [] }) => sort?.column === undefined || sort.column < columns.length, {
      path: ['sort', 'column'],
      message: 'is not the index of a column',
    })
    .refine((question) => question.after === undefined || readPosition(question.after, question) !== undefined, {
      path: ['after'],
      message: 'is not the `next` of an answer to this question',
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
  queries: (asked, scope) => ({ page: pageOf(asked, scope, reports) }),
  details: ({ page }, asked, scope) => {
    const people = peopleIn(page!).slice(0, asked.limit);
    return people.length ? detailsOf(people, asked, scope, reports) : {};
  },
  toAnswer: ({ page, names = [], columns = [] }, asked) => {
    const people = peopleIn(page!);
    const [named, shown] = [names, columns].map((rows) => new Map(rows.map((row) => [row.person, row])));
    // In ClickHouse somebody may have been merged into another person after the first query.
    const shownPeople = people.slice(0, asked.limit).filter(({ person }) => named!.has(person));
    return {
      total: (page![0]?.total ?? 0) as number,
      people: shownPeople.map(({ person, last_seen }) => {
        const { identities, used } = named!.get(person)!;
        return {
          identities: identities as string[],
          customerIds: (used ?? []) as string[],
          lastSeen: last_seen as number,
          columns: (asked.columns ?? []).map(
            (_, index) => (shown!.get(person)?.[`column${index}`] ?? null) as string | number | null,
          ),
        };
      }),
      next: people.length > asked.limit ? positionOf(people[asked.limit - 1]!) : null,
    };
  },
});

function positionOf({ number, text, person }: Row): string {
  return writePosition({ number: number ?? null, text: text ?? null, person } as Position);
}
