import type { Sql } from 'sql-template-tag';
import type { SiteTables } from './tables.js';

export interface Lists {
  /**
   * A query for the people with a series of hits that began from `from` on and before `until`. A series ends with a pause of more
   * than `pause` seconds. Columns: `person`; `begins`, a sorted list of the times at which these series began; `first`, the first
   * of these times; `next`, when the series after the first one began, perhaps after `until`, or null.
   * @param pieces a query with `person`, and `time` and `ended`, the first and the last time of a piece of a series
   */
  series: (pieces: Sql, within: { pause: number; from: number; until: number }) => Sql;
  /** Makes a row with -1, and one for each number of a list. */
  each: (list: Sql) => Sql;
}

/**
 * The SQL that differs between the engines of reports. All other SQL of questions is the same for all engines. Each function
 * returns null for null.
 */
export interface Dialect {
  /** Whether the engine computes a table of a WITH again each time it is named. */
  repeatsTables: boolean;
  /** How such an engine puts the visits of a person into one row; undefined for other engines. */
  lists?: Lists;
  /** The columns of hits that contain properties, and those that `isEvent` needs. */
  values: readonly string[];
  /** The value of the column `event` for a hit that is no event. */
  noEvent: number | string;
  /** A null of type text. */
  noText: Sql;
  /** Whether a hit is of an event. @param row the alias of the row @param event the result of `eventCode` */
  isEvent: (row: string, event: number | string) => Sql;
  /** The column of identities by which they are sorted by age. */
  age: string;
  /** The name of the identity of a row of hits. */
  identityName: (row: string, site: SiteTables) => Sql;
  /** One value by which (time, hit) are compared: the order of hits. @param row the alias of a row with both */
  order: (row: string) => Sql;
  /** An aggregate: the value where `by` is smallest, of rows whose value is not null. */
  firstBy: (value: Sql, by: Sql) => Sql;
  lastBy: (value: Sql, by: Sql) => Sql;
  /** An aggregate: the values as a sorted list; with `where`, only of the rows that pass it. */
  list: (value: Sql, by: Sql, where?: Sql) => Sql;
  /** The value of the previous row with the same `by`; `without` if there is none. */
  lag: (value: Sql, rows: { by: Sql; order: Sql; without: number }) => Sql;
  /** The value so many rows after this one, at least one; null if there is no such row. */
  lead: (value: Sql, ahead: number, rows: { by: Sql; order: Sql }) => Sql;
  /** An aggregate: the sum, without losing small numbers beside large ones. */
  sum: (number: Sql) => Sql;
  /** An aggregate: the median of the numbers that are not null. For an even count, the average of the two in the middle. */
  median: (number: Sql) => Sql;
  /** Integer division of integers that are not negative. */
  quotient: (number: Sql, by: number) => Sql;
  /** A value as number; null if it is none by `NUMBER`. */
  number: (value: Sql) => Sql;
  /** The same as `foldText`. */
  fold: (value: Sql) => Sql;
  contains: (value: Sql, part: string | Sql) => Sql;
  begins: (value: Sql, part: string | Sql) => Sql;
  ends: (value: Sql, part: string) => Sql;
  /** Whether a regular expression matches in a value. Its syntax must be that of RE2. */
  matches: (value: Sql, pattern: string) => Sql;
  /** As JavaScript's `toLowerCase`. In ClickHouse, rare letters depend on the server's version: see letters.ts. */
  lower: (value: Sql) => Sql;
  /** A URL without query and fragment. A value that is no URL is not changed. */
  path: (value: Sql) => Sql;
  /** A URL without the parameters of campaigns and click ids. Any other value is not changed. */
  page: (value: Sql) => Sql;
  /** The host of a URL in lower case, without port and `www.`. A value that is no URL is not changed. */
  domain: (value: Sql) => Sql;
  /**
   * The beginning of an http or https URL up to its path, with the slash: `https://www.site.example/`. Null for any other value.
   */
  origin: (value: Sql) => Sql;
  /**
   * A row for each property of the hits: `folded`, the name, how many `people` and `times`, and the `first` and `last` time.
   * @param hits the text after FROM, with the alias `h`, and a WHERE
   */
  carried: (hits: Sql, site: SiteTables) => Sql;
}

/** ASCII spaces, a sign, digits, a fraction, an exponent. Engines' own casts are not used: each accepts other texts as well. */
export const NUMBER = '[ \\t\\n\\v\\f\\r]*[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?[ \\t\\n\\v\\f\\r]*';

/**
 * Parameters that a link to a page gets from a campaign, an advertisement or a mail. They say where somebody came from, and not what
 * the page shows.
 */
const TRACKING =
  '(?i)(?:utm_[^&=#]*|gclid|gbraid|wbraid|dclid|gad_source|gad_campaignid|srsltid|fbclid|msclkid|ttclid|twclid|yclid|li_fat_id|igshid|igsh|mc_cid|mc_eid|_hsenc|_hsmi|_gl)=';
/** The pieces of a value with such a parameter: before its query, its query, and its fragment. */
export const TRACKED = `^[^?#]*[?](?:[^#]*&)?${TRACKING}`;
export const BEFORE_QUERY = '^[^?#]*';
export const QUERY = '^[^?#]*[?]([^#]*)';
export const FRAGMENT = '#(?s:.*)$';
/** One of these parameters in a query that begins with `&`. */
export const TRACKING_PARAMETER = `&${TRACKING}[^&]*`;

export const ORIGIN = '^https?://[^/?#]+/';
