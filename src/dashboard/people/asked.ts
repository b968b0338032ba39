import type { Condition, PeopleColumn, PeopleQuestion } from '../../protocol/reports.js';
import { filterOf, setParameters, viewOf } from '../view.js';

/** The question of the page, read from its address. */
export interface Wanted {
  /** Conditions that must all hold. */
  conditions: Condition[];
  columns: PeopleColumn[];
  sort?: NonNullable<PeopleQuestion['sort']>;
  /** The cell of a number in another report. Then conditions are ignored. */
  cell?: string;
  after?: string;
  /** Whether bots that say so in their user agent are included. */
  bots: boolean;
}

const ON_A_PAGE = 50;

export function wantedOf(parameters: URLSearchParams): Wanted {
  const [sort, cell, after] = [sortOf(parameters.get('sort')), parameters.get('cell'), parameters.get('after')];
  return {
    conditions: viewOf(parameters).filter,
    columns: columnsOf(parameters.get('columns')),
    ...(sort && { sort }),
    ...(cell && { cell }),
    ...(after && { after }),
    bots: parameters.get('bots') === 'yes',
  };
}

/** The question. Its columns are about all days, whatever days other reports show. */
export function questionOf({ conditions, columns, sort, cell, after, bots }: Wanted): PeopleQuestion {
  return {
    ...(cell ? { cell } : filterOf(conditions)),
    ...(columns.length && { columns }),
    ...(sort && sort.column < columns.length && { sort }),
    limit: ON_A_PAGE,
    ...(after && { after }),
    // The people behind a number are exactly those that the number counts.
    ...(!cell && !bots && { bots: 'exclude' as const }),
  };
}

/** Changes the question, as a new entry of the browser's history. The list starts at its first page. */
export function want(changes: Partial<Pick<Wanted, 'conditions' | 'columns' | 'sort' | 'bots'>>): void {
  const { conditions, columns, sort, bots } = changes;
  setParameters({
    after: null,
    ...(conditions && { filter: conditions.length ? JSON.stringify(conditions) : null }),
    ...(columns && { columns: columns.length ? JSON.stringify(columns) : null, sort: null }),
    ...(sort && { sort: `${sort.column}${sort.descending ? 'down' : 'up'}` }),
    ...(bots !== undefined && { bots: bots ? 'yes' : null }),
  });
}

/** The path of a condition in the question, such as `filter.all[1]`. */
export const memberOf = (conditions: readonly Condition[], index: number): string =>
  conditions.length === 1 ? 'filter' : `filter.all[${index}]`;

function sortOf(text: string | null): PeopleQuestion['sort'] {
  const [, column, way] = /^(\d{1,3})(up|down)$/.exec(text ?? '') ?? [];
  return column === undefined ? undefined : { column: Number(column), descending: way === 'down' };
}

const SHOWN = ['first', 'last', 'times', 'first value', 'last value', 'first time', 'last time'];

/** The columns in the address, without malformed ones: an address may have been cut. */
function columnsOf(text: string | null): PeopleColumn[] {
  try {
    const read: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(read) ? read.filter(isColumn) : [];
  } catch {
    return [];
  }
}

function isColumn(one: unknown): one is PeopleColumn {
  if (typeof one !== 'object' || one === null) return false;
  const { event, property, show, where } = one as Record<string, unknown>;
  const isNamed = (typeof event === 'string') !== (typeof property === 'string');
  return isNamed && SHOWN.includes(show as string) && (where === undefined || Array.isArray(where));
}
