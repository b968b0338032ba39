import type { Condition, Days, PeopleColumn, PeopleQuestion } from '../../protocol/reports.js';
import { jsonIn } from '../json.js';
import { filterOf, withShownDays, setParameters, viewOf } from '../view.js';
import { NEEDS, type Show } from './columns.js';

/** The question of the page, read from its address. */
export interface Wanted {
  /** Conditions that must all be true. Those about the days that other reports show contain these days: this page shows none. */
  conditions: Condition[];
  columns: PeopleColumn[];
  /** The days whose hits the columns count. */
  counted: Days;
  sort?: NonNullable<PeopleQuestion['sort']>;
  /** The cell of a number in another report. Then conditions are ignored. */
  cell?: string;
  after?: string;
  /** Whether bots are included. */
  bots: boolean;
}

const ON_A_PAGE = 50;

export function wantedOf(parameters: URLSearchParams): Wanted {
  const { filter, ...days } = viewOf(parameters);
  const [sort, cell, after] = [sortOf(parameters.get('sort')), parameters.get('cell'), parameters.get('after')];
  return {
    conditions: filter.map((condition) => withShownDays(condition, days)),
    columns: columnsOf(jsonIn(parameters, 'columns')),
    counted: daysIn(jsonIn(parameters, 'counted')),
    ...(sort && { sort }),
    ...(cell && { cell }),
    ...(after && { after }),
    bots: parameters.get('bots') === 'yes',
  };
}

/** The question. Its columns do not depend on the days that other reports show. */
export function questionOf({ conditions, columns, counted, sort, cell, after, bots }: Wanted): PeopleQuestion {
  return {
    ...(cell ? { cell } : filterOf(conditions)),
    ...(columns.length && { columns, ...counted }),
    ...(sort && (sort.column === undefined || sort.column < columns.length) && { sort }),
    limit: ON_A_PAGE,
    ...(after && { after }),
    // The people behind a number are exactly those that the number counts.
    ...(!cell && !bots && { bots: 'exclude' as const }),
  };
}

/** Changes the question, as a new entry of the browser's history. The list starts at its first page. */
export function want(changes: Partial<Pick<Wanted, 'conditions' | 'columns' | 'counted' | 'sort' | 'bots'>>): void {
  const { conditions, columns, counted, sort, bots } = changes;
  setParameters({
    after: null,
    ...(conditions && { filter: conditions.length ? JSON.stringify(conditions) : null }),
    ...(columns && { columns: columns.length ? JSON.stringify(columns) : null }),
    ...(counted && { counted: Object.keys(counted).length ? JSON.stringify(counted) : null }),
    ...(sort && { sort: textOf(sort) }),
    ...(bots !== undefined && { bots: bots ? 'yes' : null }),
  });
}

/** The same question without conditions. */
export const showEverybody = (): void => setParameters({ filter: null, cell: null, after: null });

/** The path of a condition in the question, such as `filter.all[1]`. */
export const memberOf = (conditions: readonly Condition[], index: number): string =>
  conditions.length === 1 ? 'filter' : `filter.all[${index}]`;

type Sort = NonNullable<PeopleQuestion['sort']>;

/** `0down`: by column 0, the largest first. `up`: those first who were not seen for longest. Null, as at first: those seen last. */
function textOf({ column, descending }: Sort): string | null {
  return column === undefined && descending ? null : `${column ?? ''}${descending ? 'down' : 'up'}`;
}

function sortOf(text: string | null): Sort | undefined {
  const [, column, way] = /^(\d{0,3})(up|down)$/.exec(text ?? '') ?? [];
  if (way === undefined) return undefined;
  return { ...(column && { column: Number(column) }), descending: way === 'down' };
}

/** The columns in the address, without malformed ones: an address may have been cut. */
const columnsOf = (read: unknown): PeopleColumn[] => (Array.isArray(read) ? read.filter(isColumn) : []);

function isColumn(one: unknown): one is PeopleColumn {
  if (typeof one !== 'object' || one === null) return false;
  const { event, property, show, where } = one as Record<string, unknown>;
  const needs = typeof show === 'string' && Object.hasOwn(NEEDS, show) ? NEEDS[show as Show] : undefined;
  if (!needs || (where !== undefined && !Array.isArray(where))) return false;
  return (typeof event === 'string') === needs.event && (typeof property === 'string') === needs.property;
}

function daysIn(read: unknown): Days {
  if (typeof read !== 'object' || read === null) return {};
  const { from, to } = read as Record<string, unknown>;
  return { ...(typeof from === 'string' && { from }), ...(typeof to === 'string' && { to }) };
}
