/** A value of a series; null where there is none. */
export interface Point {
  value: number | null;
  /** Its time has not ended. */
  open?: boolean;
  /** The people behind it. */
  href?: string;
}

export interface Series {
  name: string;
  points: Point[];
  /** Of the time before: it stands behind all others. */
  before?: boolean;
}
