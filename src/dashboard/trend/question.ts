import type { HitTest, Range, Split, TrendQuestion } from '../../protocol/reports.js';
import { sinceFirstDay } from '../compared-days.js';
import { splitIn } from '../components/split-editor.js';
import { jsonIn } from '../json.js';
import { testsIn } from '../value-tests.js';
import { filterOf, setParameters, type View } from '../view.js';
import { inAddress } from './in-address.js';

/** The question of the page, read from its address. */
export interface Chosen {
  /** Empty if not chosen yet. */
  event: string;
  where: HitTest[];
  count: TrendQuestion['count'];
  /** The property whose values are added. */
  property: string;
  by: TrendQuestion['by'];
  split?: Split | undefined;
}

export const COUNTS: Record<Chosen['count'], string> = {
  people: 'People',
  times: 'Times',
  sum: 'Sum of',
  average: 'Average of',
};

export const BUCKETS: Record<Chosen['by'], string> = { day: 'Day', week: 'Week', month: 'Month', weekday: 'Weekday' };

export const isAdded = (count: Chosen['count']): boolean => count === 'sum' || count === 'average';

const oneOf = <T extends string>(names: Record<T, string>, text: string | null, otherwise: T): T =>
  text !== null && Object.hasOwn(names, text) ? (text as T) : otherwise;

export function chosenIn(parameters: URLSearchParams): Chosen {
  const split = splitIn(jsonIn(parameters, 'split'));
  return {
    event: parameters.get('event') ?? '',
    where: testsIn(jsonIn(parameters, 'where')),
    count: oneOf(COUNTS, parameters.get('count'), 'people'),
    property: parameters.get('of') ?? '',
    by: oneOf(BUCKETS, parameters.get('by'), 'day'),
    ...(typeof split?.attribution === 'string' && { split: split as Split }),
  };
}

/** Changes the question, as a new entry of the browser's history. */
export const choose = (changes: Partial<Chosen>): void => setParameters(inAddress(changes));

/**
 * The question. Bots are left out, and the answer says how many. The days before the first hit would make the average of a weekday too
 * small, and are not asked about.
 */
export function questionOf(chosen: Chosen, { filter }: View, range: Range): TrendQuestion | undefined {
  const { event, where, count, property, by, split } = chosen;
  if (event === '') return undefined;
  const { from, to } = by === 'weekday' ? sinceFirstDay(range) : range;
  return {
    event,
    ...(where.length > 0 && { where }),
    count,
    ...(isAdded(count) && property !== '' && { property }),
    ...{ by, from, to },
    ...(split && { split }),
    ...filterOf(filter, { from, to }),
    bots: 'exclude',
  };
}
