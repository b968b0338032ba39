import type { TrendAnswer, TrendQuestion, TrendSeries } from '../../protocol/reports.js';
import type { Compared } from '../compared.js';
import { SERIES_STYLES } from '../components/series.js';

/** A part of a split answer. It has a row, and may have a line. */
export interface Part extends TrendSeries {
  /** Null: people without a value; undefined: all others. */
  value: string | null | undefined;
  /** Undefined: there are no people behind the number. */
  cell: string | undefined;
  /** The series for the days that are over. */
  over?: TrendSeries | undefined;
  /** The series for the days before, if these were requested. Without a cell nobody is behind it. */
  before?: (TrendSeries & { cell?: string }) | undefined;
}

/** The most lines. */
export const MOST_DRAWN = SERIES_STYLES;

/** The values, the largest first; then people without a value, then all other values. */
export function partsOf({ answer, over, before }: Compared<TrendAnswer>, { count }: TrendQuestion): Part[] {
  const { split = [], rest } = answer;
  const inOver = seriesOf(over, count);
  const inBefore = before && seriesOf(before, count);
  const parts = split.map((part): Part => ({ ...part, over: inOver(part.value), before: inBefore?.(part.value) }));
  return [
    ...parts.filter(({ value }) => value !== null),
    ...parts.filter(({ value }) => value === null),
    ...(rest ? [{ ...rest, value: undefined, over: over.rest, before: before?.rest }] : []),
  ];
}

/**
 * Finds the series of a value in an answer. A value that is not listed did not occur: a campaign that has just begun has 0 before.
 * But in an answer with a row for all other values it may be among these: then its number is not known.
 */
function seriesOf({ split = [], rest }: TrendAnswer, count: TrendQuestion['count']) {
  const listed = new Map(split.map((part) => [part.value, part]));
  return (value: string | null): (TrendSeries & { cell?: string }) | undefined =>
    listed.get(value) ?? (rest ? undefined : nothing(count));
}

const nothing = (count: TrendQuestion['count']): TrendSeries => ({ total: count === 'average' ? null : 0, rows: [] });

/**
 * The values that only the days before have. They have no line, but without their rows nobody would see that a campaign has ended.
 * None if the answer has a row for all other values: a value that is not listed may be among these.
 */
export function endedOf({ answer, before }: Compared<TrendAnswer>, { count }: TrendQuestion): Part[] {
  if (!before?.split || !answer.split || answer.rest) return [];
  const listed = new Set(answer.split.map(({ value }) => value));
  return before.split
    .filter(({ value }) => !listed.has(value))
    .map((part) => ({ ...nothing(count), value: part.value, cell: undefined, over: nothing(count), before: part }));
}

/** The parts that have lines at first: as many as there are styles. */
export const drawnAtFirst = (parts: Part[]): number[] => parts.slice(0, MOST_DRAWN).map((_, index) => index);
