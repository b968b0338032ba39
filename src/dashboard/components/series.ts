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
