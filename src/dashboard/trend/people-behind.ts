import type { PeopleColumn, Range, TrendQuestion } from '../../protocol/reports.js';
import { peopleAddress } from '../view.js';

/**
 * The address of the people behind a number. Where hits or values are counted, the list says how many each person has, the largest
 * first.
 * @param days the days that the number is about; undefined if they do not follow one another
 */
export function peopleBehind(
  cell: string,
  { event, where, count, property }: TrendQuestion,
  days: Range | undefined,
): string {
  if (count === 'people' || !days) return peopleAddress(cell);
  const step = { event, ...(where && { where }) };
  const column: PeopleColumn =
    count === 'times' ? { ...step, show: 'times' } : { ...step, property: property!, show: count };
  const { from, to } = days;
  return peopleAddress(cell, {
    columns: JSON.stringify([column]),
    counted: JSON.stringify({ from, to }),
    sort: '0down',
  });
}
