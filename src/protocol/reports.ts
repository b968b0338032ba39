/**
 * The shapes of reports: `GET /api/v1/reports/KIND?key=KEY&q=QUESTION`, a question as JSON. docs/reports.md says how each counts.
 * Dates are days of the site's time zone, `2026-01-31`. All times are Unix seconds, UTC.
 */

/** A test of one value of a property: exactly one of its members besides `property`. `never`: there is no value. */
export type PropertyTest = { property: string } & (
  | { equals: string }
  /** These three fold case as Unicode does. */
  | { contains: string }
  | { begins: string }
  | { ends: string }
  /** Strict. A value that is no number fails them. */
  | { greater: number }
  | { less: number }
  | { is: 'any' | 'empty' | 'never' }
);

/** Days that a condition is bounded by, both included; without them it covers all history. */
export interface Days {
  from?: string | undefined;
  to?: string | undefined;
}

/** Did an event so often: at least once where nothing is said. `atMost` includes 0. */
export type EventCondition = Days & {
  event: string;
  /** All of them hold for the hit itself. */
  where?: PropertyTest[] | undefined;
  atLeast?: number | undefined;
  atMost?: number | undefined;
  exactly?: number | undefined;
};

/** A hit that comes at its place among others; how often the event was done besides says nothing. */
export type OrderedCondition = Days & Step;

/** Holds if any value of the property ever did. `Customer ID` tests every identity of the person. */
export type PropertyCondition = Days & PropertyTest;

/**
 * Holds if the first visit of these days came from there, as an overview counts its people: a channel, or a domain, null for none.
 */
export type SourceCondition = Days & ({ channel: string } | { referrer: string | null });

/** Which people. */
export type Condition =
  | { all: Condition[] }
  | { any: Condition[] }
  | { not: Condition }
  /** One event satisfies one of them, in the same second as the one before or later. */
  | { inOrder: OrderedCondition[] }
  | SourceCondition
  | EventCondition
  | PropertyCondition;

/** What every question may say. */
export interface Asked {
  /** Only these people count. */
  filter?: Condition | undefined;
  /** Without it everybody counts. */
  bots?: 'exclude' | undefined;
}

/** The days that a question is about, both included. */
export interface Range {
  from: string;
  to: string;
}

export interface Comparable {
  /** The same for as many days directly before, in `before`. */
  compare?: boolean | undefined;
}

/** Which value of a property a person is counted under. */
export type Attribution = 'first ever' | 'last ever' | 'first in range' | 'last in range' | 'last touch';

export interface Split<A = Attribution> {
  property: string;
  attribution: A;
  /** `path`: a URL without query and fragment. */
  transform?: 'lower' | 'path' | 'domain' | undefined;
}

export interface Step {
  event: string;
  where?: PropertyTest[] | undefined;
}

export type TrendQuestion = Asked &
  Range &
  Comparable &
  Step & {
    count: 'people' | 'times' | 'sum' | 'average';
    /** Whose values are added, for `sum` and `average`. */
    property?: string | undefined;
    by: 'day' | 'week' | 'month';
    split?: Split | undefined;
  };

export type FunnelQuestion = Asked &
  Range &
  Comparable & {
    steps: Step[];
    /** Seconds from the first step, inclusive. Without it the range is the window. */
    window?: number | undefined;
    /** A step that was not done does not end the way. */
    skip?: boolean | undefined;
    /** `step`: the value of the hit itself, from 1. */
    split?: Split<Attribution | { step: number }> | undefined;
  };

export type PeopleColumn =
  | (Step & { show: 'first' | 'last' | 'times' })
  | { property: string; show: 'first value' | 'last value' | 'first time' | 'last time' };

export type PeopleQuestion = Asked &
  /** What columns count. */
  Days & {
    /** In the place of a filter: the people of that number, and no others. */
    cell?: string | undefined;
    columns?: PeopleColumn[] | undefined;
    /** A column by its index; without it those come first who were seen last. */
    sort?: { column: number; descending?: boolean | undefined } | undefined;
    limit: number;
    /** `next` of the page before. */
    after?: string | undefined;
  };

export type BreakdownQuestion = Asked &
  Range &
  Comparable & {
    property: string;
    /** Only hits of this event. */
    event?: string | undefined;
    attribution?: Attribution | undefined;
  };

export type NamesQuestion = Asked & Days;

export type OverviewQuestion = Asked & Range & Comparable;

/** What every answer says. */
export interface Answered {
  /** Up to when hits are in it. */
  asOf: number;
  /** How many people `bots: "exclude"` has left out of the range. */
  excluded?: { bots: number };
}

/** The answer for the days before, where a comparison was asked for. */
export interface Compared<A> {
  before?: Omit<A, 'asOf' | 'before'> & Range;
}

/** What names the people behind a number for the question `people`: opaque. */
export interface Cell {
  cell: string;
}

export interface Bucket extends Cell {
  /** Its first day, within the range. */
  start: string;
  /** Null for an average without values. */
  value: number | null;
  /** It has not ended. */
  open?: true;
}

export interface TrendSeries {
  /** Over the whole range: people that come in several buckets count once. */
  total: number | null;
  rows: Bucket[];
}

export interface TrendAnswer extends Answered, TrendSeries, Cell, Compared<TrendAnswer> {
  /** Null: people without a value. The 50 largest besides. */
  split?: (TrendSeries & Cell & { value: string | null })[];
  /** All others. */
  rest?: TrendSeries & Cell;
  /** Of `sum` and `average`: how many values of the range are no numbers, and so in no sum. */
  skipped?: number;
}

export interface FunnelStep extends Cell {
  event: string;
  people: number;
  /** From the counted step before, along the earliest way; null for the first. */
  medianSeconds: number | null;
  /** Who did it and not the step behind it; the last step has none. */
  lost?: Cell & { people: number };
}

export interface FunnelAnswer extends Answered, Compared<FunnelAnswer> {
  steps: FunnelStep[];
  /** People whose window has not ended. */
  open: number;
  split?: { value: string | null; steps: FunnelStep[] }[];
  rest?: { steps: FunnelStep[] };
}

export interface PeopleAnswer extends Answered {
  total: number;
  people: {
    /** Oldest first. */
    identities: string[];
    /** Those of them under which an event or a property has arrived. */
    customerIds: string[];
    lastSeen: number;
    columns: (string | number | null)[];
  }[];
  /** For `after`; null at the end. */
  next: string | null;
}

export interface BreakdownValue extends Cell {
  value: string | null;
  people: number;
  times: number;
}

export interface BreakdownAnswer extends Answered, Compared<BreakdownAnswer> {
  /** Largest first. */
  values: BreakdownValue[];
  /** There are smaller ones, which are not listed. */
  more?: true;
}

export interface Name extends Cell {
  name: string;
  people: number;
  times: number;
  first: number;
  last: number;
}

export interface NamesAnswer extends Answered {
  events: Name[];
  properties: Name[];
  /** There are events of fewer people, which are not listed. */
  moreEvents?: true;
  moreProperties?: true;
}

export interface OverviewDay {
  start: string;
  people: number;
  visits: number;
  newPeople: number;
  open?: true;
  cell: string;
  newCell: string;
}

export interface OverviewAnswer extends Answered, Cell, Compared<OverviewAnswer> {
  people: number;
  visits: number;
  newPeople: number;
  newCell: string;
  rows: OverviewDay[];
  /** The largest of each, see `OVERVIEW_VALUES`. */
  channels: BreakdownValue[];
  referrers: BreakdownValue[];
  pages: BreakdownValue[];
  events: (Cell & { name: string; people: number; times: number })[];
  /** People of the last five minutes. */
  now: number;
}

/** Kinds of reports: their questions and their answers. */
export interface Reports {
  trend: { question: TrendQuestion; answer: TrendAnswer };
  funnel: { question: FunnelQuestion; answer: FunnelAnswer };
  people: { question: PeopleQuestion; answer: PeopleAnswer };
  breakdown: { question: BreakdownQuestion; answer: BreakdownAnswer };
  names: { question: NamesQuestion; answer: NamesAnswer };
  overview: { question: OverviewQuestion; answer: OverviewAnswer };
}

export type ReportKind = keyof Reports;

/** Why a question is refused. */
export interface BadQuestion {
  /** A sentence for people. */
  error: string;
  code:
    | 'not_json'
    | 'missing_member'
    | 'unknown_member'
    | 'bad_value'
    | 'too_large'
    | 'too_small'
    | 'too_many'
    | 'too_deep';
  /** Where in the question: `steps[3].event`; empty where it is all of it. */
  member: string;
}

/** Why there is no answer, by its code: 400, or what the name says. */
export interface ReportProblem {
  /** A sentence for people. */
  error: string;
  code:
    | BadQuestion['code']
    /** 400: what the address says besides the question, and a body that cannot be read. */
    | 'bad_request'
    /** 404 */
    | 'unknown_report'
    | 'unknown_key'
    /** 501: the ClickHouse with the hits is too old for reports. */
    | 'no_reports'
    /** 503, with `progress`. */
    | 'building'
    /** 503: there will be an answer soon. */
    | 'unavailable'
    /** 504 */
    | 'too_slow'
    /** 500 */
    | 'failed';
  /** Where in the question or the address; empty where it is all of it, or none of it. */
  member: string;
  /** The part that is built, from 0 to 1. */
  progress?: number;
}

/** The most days of a range. */
export const MOST_DAYS = 3_700;

/** Values of each list of an overview: the largest. */
export const OVERVIEW_VALUES = 10;

/** The pseudo-property that stands for the identities of a person. */
export const CUSTOMER_ID = 'Customer ID';
