import { COLUMN_VALUES, type PeopleColumn, type Step } from '../../protocol/reports.js';
import { likelyAmounts, likelyPayment } from '../amounts.js';
import type { Choices } from './names.js';

/** The kinds of columns in the editor. */

export type Show = PeopleColumn['show'];

/** The words before the names of a column. */
export const SHOWS: Record<Show, string> = {
  'last value': 'last value of',
  'first value': 'first value of',
  sum: 'sum of',
  average: 'average of',
  times: 'number of times of',
  first: 'first time of',
  last: 'last time of',
  'last time': 'time of the last value of',
  'first time': 'time of the first value of',
};

const A_PROPERTY = { property: true, event: false };
const AN_EVENT = { property: false, event: true };
const BOTH = { property: true, event: true };

/** Which names a column has. */
export const NEEDS: Record<Show, typeof BOTH> = {
  'last value': A_PROPERTY,
  'first value': A_PROPERTY,
  'last time': A_PROPERTY,
  'first time': A_PROPERTY,
  sum: BOTH,
  average: BOTH,
  times: AN_EVENT,
  first: AN_EVENT,
  last: AN_EVENT,
};

const isAdded = (show: Show): boolean => show === 'sum' || show === 'average';

/** Whether the cells are numbers. */
export const isNumeric = ({ show }: PeopleColumn): boolean => COLUMN_VALUES[show] === 'number';
/** Whether the cells are texts. Cells that are neither numbers nor texts are times. */
export const isText = ({ show }: PeopleColumn): boolean => COLUMN_VALUES[show] === 'text';

/** A column of another kind, with the names that both kinds have. Names that it lacks are the likely ones of the site. */
export function withShow(column: PeopleColumn, show: Show, { events, properties }: Choices): PeopleColumn {
  const { where } = column as Partial<Step>;
  const needs = NEEDS[show];
  const firstEvent = isAdded(show) ? likelyPayment(events, properties) : events[0]?.name;
  const event = eventOf(column) || firstEvent || '';
  const property = propertyOf(column) || properties[0]?.name || '';
  // A text such as a plan cannot be added up.
  const amount = isAdded(show) && !isAdded(column.show) ? (likelyAmounts(properties, event)[0] ?? property) : property;
  return {
    ...(needs.property && { property: amount }),
    ...(needs.event && { event, ...(where && { where }) }),
    show,
  } as PeopleColumn;
}

export const eventOf = (column: PeopleColumn): string | undefined => ('event' in column ? column.event : undefined);

export const propertyOf = (column: PeopleColumn): string | undefined =>
  'property' in column ? column.property : undefined;
