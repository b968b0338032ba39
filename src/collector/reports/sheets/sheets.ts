import { isAnonymous } from '../../../protocol/anonymous.js';
import {
  COLUMN_VALUES,
  type FunnelStep,
  type Name,
  type PeopleColumn,
  type Range,
  type ReportKind,
  type Reports,
  type Split,
  type TrendSeries,
} from '../../../protocol/reports.js';
import { time, groupOf, type SheetRow } from './rows.js';

/** One kind of report as rows and columns. */
export interface Sheet<K extends ReportKind> {
  header: (question: Reports[K]['question']) => string[];
  rows: (answer: Reports[K]['answer'], question: Reports[K]['question']) => SheetRow[];
  /** Rows about the present, which belong to no range. */
  now?: (answer: Reports[K]['answer']) => SheetRow[];
}

const trend: Sheet<'trend'> = {
  header: ({ split }) => [...splitHeader(split && nameOf(split)), 'start', 'value', 'open'],
  rows: (answer, { split }) => [
    ...seriesRows(split ? ['all', null] : [], answer),
    ...(answer.people === undefined ? [] : [[...(split ? ['all', null] : []), 'people', answer.people, null]]),
    ...(answer.split ?? []).flatMap((series) => seriesRows(groupOf(series.value), series)),
    ...(answer.rest ? seriesRows(['rest', null], answer.rest) : []),
  ],
};

/** The rows of a series. The last one is for the whole range, in which people of several buckets count once. */
function seriesRows(group: SheetRow, { total, rows }: TrendSeries): SheetRow[] {
  const buckets = rows.map(({ start, value, open }) => [...group, start, value, open ? 'open' : null]);
  return [...buckets, [...group, 'total', total, null]];
}

const funnel: Sheet<'funnel'> = {
  header: ({ split }) => [...splitHeader(split && nameOf(split)), 'step', 'event', 'people', 'median seconds', 'lost'],
  rows: (answer, { split, window }) => [
    ...stepRows(split ? ['all', null] : [], answer.steps),
    ...(window === undefined ? [] : [[...(split ? ['all', null] : []), 'open', null, answer.open, null, null]]),
    ...(answer.split ?? []).flatMap(({ value, steps }) => stepRows(groupOf(value), steps)),
    ...(answer.rest ? stepRows(['rest', null], answer.rest.steps) : []),
  ],
};

function stepRows(group: SheetRow, steps: FunnelStep[]): SheetRow[] {
  return steps.map(({ event, people, medianSeconds, lost }, index) => [
    ...[...group, index + 1, event],
    ...[people, medianSeconds, lost?.people ?? null],
  ]);
}

const people: Sheet<'people'> = {
  header: ({ columns = [] }) => ['identities', 'customer IDs', 'last seen', ...columns.map(headOf)],
  rows: ({ people }, { columns = [] }) =>
    people.map(({ identities, customerIds, lastSeen, columns: cells }) => [
      identities.join('; '),
      customerIds.filter((id) => !isAnonymous(id)).join('; '),
      time(lastSeen),
      ...cells.map((cell, index) => (isTime(columns[index]!) ? time(cell as number | null) : cell)),
    ]),
};

function headOf(column: PeopleColumn): string {
  if (!('event' in column)) return `${column.property}: ${column.show}`;
  return `${column.event}: ${column.show}${'property' in column ? ` of ${column.property}` : ''}`;
}

const isTime = ({ show }: PeopleColumn): boolean => COLUMN_VALUES[show] === 'time';

/** If the list is not complete, its last row says so. */
const breakdown: Sheet<'breakdown'> = {
  header: ({ property }) => [...splitHeader(property), 'people', 'times'],
  rows: ({ values, more }) => [
    ...values.map(({ value, people, times }) => [...groupOf(value), people, times]),
    ...(more ? [['more', null, null, null]] : []),
  ],
};

const names: Sheet<'names'> = {
  header: () => ['kind', 'name', 'people', 'times', 'first', 'last'],
  rows: ({ events, properties, moreEvents, moreProperties }) => {
    const row = (kind: string) => (name: Name) => [
      ...[kind, name.name, name.people, name.times],
      ...[time(name.first), time(name.last)],
    ];
    const more = (kind: string) => [kind, null, null, null, null, null];
    return [
      ...[...events.map(row('event')), ...(moreEvents ? [more('more events')] : [])],
      ...[...properties.map(row('property')), ...(moreProperties ? [more('more properties')] : [])],
    ];
  },
};

const overview: Sheet<'overview'> = {
  header: () => ['of', 'group', 'value', 'people', 'visits', 'new people', 'times'],
  rows: (answer) => [
    ['range', 'all', null, answer.people, answer.visits, answer.newPeople, null],
    ...answer.rows.map((day) => ['day', 'value', day.start, day.people, day.visits, day.newPeople, null]),
    ...(['channels', 'referrers', 'pages'] as const).flatMap((of) =>
      answer[of].map(({ value, people, times }) => [of.slice(0, -1), ...groupOf(value), people, null, null, times]),
    ),
    ...answer.events.map(({ name, people, times }) => ['event', 'value', name, people, null, null, times]),
  ],
  now: (answer) => [['last five minutes', 'all', null, answer.now, null, null, null]],
};

/** The names of the columns for a split. */
function splitHeader(name: string | undefined): string[] {
  return name === undefined ? [] : ['group', name];
}

const nameOf = (split: Split<unknown>): string => ('source' in split ? split.source : split.property);

/** Each kind of report as a sheet. */
const SHEETS: { [K in ReportKind]: Sheet<K> } = { trend, funnel, people, breakdown, names, overview };

/** The names of the columns. */
export function headerOf<K extends ReportKind>(kind: K, question: Reports[K]['question']): string[] {
  const sheet: Sheet<K> = SHEETS[kind];
  return [...(isCompared(question) ? ['from', 'to'] : []), ...sheet.header(question)];
}

/** All rows of an answer. */
export function rowsOf<K extends ReportKind>(
  kind: K,
  question: Reports[K]['question'],
  answer: Reports[K]['answer'],
): SheetRow[] {
  return [...rangeRowsOf(kind, question, answer), ...nowRowsOf(kind, question, answer)];
}

/** The rows about the present. With a comparison, the columns of their range are empty. */
export function nowRowsOf<K extends ReportKind>(
  kind: K,
  question: Reports[K]['question'],
  answer: Reports[K]['answer'],
): SheetRow[] {
  const sheet: Sheet<K> = SHEETS[kind];
  const rows = sheet.now?.(answer) ?? [];
  return isCompared(question) ? rows.map((row) => [null, null, ...row]) : rows;
}

/** The rows of a range. With a comparison there are two ranges, and each row begins with its range. */
export function rangeRowsOf<K extends ReportKind>(
  kind: K,
  question: Reports[K]['question'],
  answer: Reports[K]['answer'],
): SheetRow[] {
  const sheet: Sheet<K> = SHEETS[kind];
  if (!isCompared(question)) return sheet.rows(answer, question);
  const { before } = answer as { before?: Range };
  const of = (part: object, { from, to }: Range) =>
    sheet.rows(part as never, question).map((row) => [from, to, ...row]);
  return [...of(answer, question), ...(before ? of(before, before) : [])];
}

function isCompared(question: object): question is Range {
  return (question as { compare?: boolean }).compare === true;
}
