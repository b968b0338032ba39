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
  /** The series for the days before, if these were requested. */
  before?: (TrendSeries & { cell: string }) | undefined;
}

/** The most lines. */
export const MOST_DRAWN = SERIES_STYLES;

/** The values, the largest first; then people without a value, then all other values. */
export function partsOf({ answer, over, before }: Compared<TrendAnswer>): Part[] {
  const { split = [], rest } = answer;
  const partsBy = ({ split }: TrendAnswer) => new Map(split?.map((part) => [part.value, part]));
  const [ended, earlier] = [partsBy(over), before && partsBy(before)];
  const parts = split.map((part): Part => ({ ...part, over: ended.get(part.value), before: earlier?.get(part.value) }));
  return [
    ...parts.filter(({ value }) => value !== null),
    ...parts.filter(({ value }) => value === null),
    ...(rest ? [{ ...rest, value: undefined, over: over.rest, before: before?.rest }] : []),
  ];
}

/**
 * The values that only the days before have. They have no line, but without their rows nobody would see that a campaign has ended.
 * None if the answer has a row for all other values: a value that is not listed may be among these.
 */
export function endedOf({ answer, before }: Compared<TrendAnswer>, { count }: TrendQuestion): Part[] {
  if (!before?.split || !answer.split || answer.rest) return [];
  const listed = new Set(answer.split.map(({ value }) => value));
  const nothing: TrendSeries = { total: count === 'average' ? null : 0, rows: [] };
  return before.split
    .filter(({ value }) => !listed.has(value))
    .map((part) => ({ ...nothing, value: part.value, cell: undefined, over: nothing, before: part }));
}

/** The parts that have lines at first: as many as there are styles. */
export const drawnAtFirst = (parts: Part[]): number[] => parts.slice(0, MOST_DRAWN).map((_, index) => index);
