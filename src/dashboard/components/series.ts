/** A value of a series; null if there is none. */
export interface Point {
  value: number | null;
  /** Its bucket has not ended. */
  open?: boolean;
  /** The address of the people behind it. */
  href?: string;
}

export interface Series {
  name: string;
  points: Point[];
  /** A series of the previous period, which is drawn behind all others. */
  before?: boolean;
}

/** How many series can be told apart: each has a class, `series-1` and so on, with its own colour and dashes. */
export const SERIES_STYLES = 6;

/** The class of the element that draws a series. @param index its place among the series of the chart */
export const classOf = ({ before }: Series, index: number): string =>
  before ? 'before' : `series-${(index % SERIES_STYLES) + 1}`;
