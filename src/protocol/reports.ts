/**
 * The shapes of reports: `GET /api/v1/reports/KIND?key=KEY&q=QUESTION`, a question as JSON. docs/reports.md says how each counts.
 * Dates are days of the site's time zone, `2026-01-31`. All times are Unix seconds, UTC.
 */

/** A test of one value of a property: `property`, and exactly one other member. `never`: the property has no value. */
export type PropertyTest = { property: string } & (
  | { equals: string }
  /** These three ignore case. */
  | { contains: string }
  | { begins: string }
  | { ends: string }
  /** These two exclude the number itself. A value that is not a number fails them. */
  | { greater: number }
  | { less: number }
  | { is: 'any' | 'empty' | 'never' }
);

/** A test that a text passes or does not. */
export type TextTest = Extract<
  PropertyTest,
  { equals: string } | { contains: string } | { begins: string } | { ends: string }
>;

/** A test of one hit. `not`: the hit does not pass the test, for example because it does not have the property. */
export type HitTest = PropertyTest | { not: TextTest };

/** The first and the last day of a condition, both included. Without them it covers all history. */
export interface Days {
  from?: string | undefined;
  to?: string | undefined;
}

/** The person did an event this often: at least once if no number is given. `atMost` includes 0. */
export type EventCondition = Days & {
  event: string;
  /** All of them hold for the hit itself. */
  where?: HitTest[] | undefined;
  atLeast?: number | undefined;
  atMost?: number | undefined;
  exactly?: number | undefined;
};

/** A hit at its place in an order. How often the person did the event otherwise does not matter. */
export type OrderedCondition = Days & Step;

/**
 * Holds if any value of the property ever did; with `value`, if the person's first or last value of these days does. `Customer ID`
 * tests every identity of the person; with `value`, the identity of their first or last hit.
 */
export type PropertyCondition = Days & PropertyTest & { value?: 'first' | 'last' | undefined };

/**
 * Holds if the person's first visit of these days came from this channel or this domain (null: from no other site), as an overview
 * counts it.
 */
export type SourceCondition = Days & ({ channel: string } | { referrer: string | null });

/**
 * Holds if the person saw this page in these days, as an overview counts it: a URL without the parameters of campaigns and
 * click ids.
 */
export type PageCondition = Days & { page: string };

/** Which people. */
export type Condition =
  | { all: Condition[] }
  | { any: Condition[] }
  | { not: Condition }
  /** The person has one hit for each condition, in this order; two of them may be in the same second. */
  | { inOrder: OrderedCondition[] }
  | SourceCondition
  | PageCondition
  | EventCondition
  | PropertyCondition;

/** Members that every question may have. */
export interface Asked {
  /** Only people for whom this condition holds count. */
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
  /** Adds `before` to the answer: the same question for as many days directly before. */
  compare?: boolean | undefined;
}

/** Which of a person's values of a property counts. */
export type Attribution = 'first ever' | 'last ever' | 'first in range' | 'last in range' | 'last touch';

export interface PropertySplit<A = Attribution> {
  property: string;
  attribution: A;
  /** `path`: a URL without query and fragment; `page`: a URL without the parameters of campaigns and click ids. */
  transform?: 'lower' | 'path' | 'page' | 'domain' | undefined;
}

/** By the channel of the person's first visit, as an overview counts it. Null: the person has no visit that began then. */
export interface ChannelSplit {
  source: 'channel';
  attribution: Extract<Attribution, 'first ever' | 'first in range'>;
}

export type Split<A = Attribution> = PropertySplit<A> | ChannelSplit;

export interface Step {
  event: string;
  where?: HitTest[] | undefined;
}

export type TrendQuestion = Asked &
  Range &
  Comparable &
  Step & {
    count: 'people' | 'times' | 'sum' | 'average';
    /** For `sum` and `average`: the property whose values are added. */
    property?: string | undefined;
    /** `weekday`: Monday to Sunday, each the average of its days that are over. */
    by: 'day' | 'week' | 'month' | 'weekday';
    split?: Split | undefined;
  };

export type FunnelQuestion = Asked &
  Range &
  Comparable & {
    steps: Step[];
    /** All steps must happen within so many seconds of the first, inclusive. Without it, within the range. */
    window?: number | undefined;
    /** A person who leaves out a step can still reach the steps after it. */
    skip?: boolean | undefined;
    /** `step`: the value in the hit of that step; the first step is 1. */
    split?: Split<Attribution | { step: number }> | undefined;
  };

export type PeopleColumn =
  | (Step & { show: 'first' | 'last' | 'times' })
  /** Of the numbers that the property has in the hits of the event; null if there are none. */
  | (Step & { property: string; show: 'sum' | 'average' })
  | { property: string; show: 'first value' | 'last value' | 'first time' | 'last time' };

/** What the values of a column are: texts, numbers, or times in Unix seconds. */
export const COLUMN_VALUES: Record<PeopleColumn['show'], 'text' | 'number' | 'time'> = {
  first: 'time',
  last: 'time',
  times: 'number',
  sum: 'number',
  average: 'number',
  'first value': 'text',
  'last value': 'text',
  'first time': 'time',
  'last time': 'time',
};

export type PeopleQuestion = Asked &
  /** The days that columns count. */
  Days & {
    /** Instead of a filter: exactly the people behind the number with this cell. */
    cell?: string | undefined;
    columns?: PeopleColumn[] | undefined;
    /** A column by its index; without `column`, when people were seen last. Without `sort`, the people who were seen last come first. */
    sort?: { column?: number | undefined; descending?: boolean | undefined } | undefined;
    limit: number;
    /** `next` of the previous page. */
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

export type NamesQuestion = Asked &
  Days & {
    /** Only hits of this event. */
    event?: string | undefined;
  };

/** The names of all days, which pages offer in their fields. */
export const ALL_NAMES: NamesQuestion = { bots: 'exclude' };

export type OverviewQuestion = Asked & Range & Comparable;

/** Members of every answer. */
export interface Answered {
  /** The answer contains the hits up to this time. */
  asOf: number;
  /** How many people of the range were left out by `bots: "exclude"`. */
  excluded?: { bots: number };
}

/** The answer for the days before, if the question has `compare`. */
export interface Compared<A> {
  before?: Omit<A, 'asOf' | 'before'> & Range;
}

/** An opaque text that stands for the people behind a number, for the question `people`. */
export interface Cell {
  cell: string;
}

export interface Bucket extends Cell {
  /** The first day of the bucket that is in the range; of a weekday its name, `Monday`. */
  start: string;
  /** Null for an average of nothing: of no values, or of no days. */
  value: number | null;
  /** The bucket has not ended yet. */
  open?: true;
}

export interface TrendSeries {
  /** Over the whole range. Someone who is in several buckets counts once. */
  total: number | null;
  rows: Bucket[];
}

export interface TrendAnswer extends Answered, TrendSeries, Cell, Compared<TrendAnswer> {
  /** The 50 largest values, and null for people without a value. */
  split?: (TrendSeries & Cell & { value: string | null })[];
  /** All other values together. */
  rest?: TrendSeries & Cell;
  /** Unless people are counted: how many people did it in the range. */
  people?: number;
  /** For `sum` and `average`: how many values of the range were not added because they are not numbers. */
  skipped?: number;
}

export interface FunnelStep extends Cell {
  event: string;
  people: number;
  /** The median of seconds since the step that the person did before this one; null for the first step, and if nobody did both. */
  medianSeconds: number | null;
  /** The people who did this step but not the next one; absent for the last step. */
  lost?: Cell & { people: number };
}

export interface FunnelAnswer extends Answered, Compared<FunnelAnswer> {
  steps: FunnelStep[];
  /** The median of seconds from the first step to the last one, of those who did both; null if nobody did, or for one step. */
  wholeMedianSeconds: number | null;
  /** People whose window has not ended. */
  open: number;
  /** Values and `rest` as in a trend. */
  split?: { value: string | null; steps: FunnelStep[] }[];
  rest?: { steps: FunnelStep[] };
}

export interface PeopleAnswer extends Answered {
  total: number;
  people: {
    /** Oldest first. */
    identities: string[];
    /** Those identities under which an event or a property has arrived. */
    customerIds: string[];
    lastSeen: number;
    columns: (string | number | null)[];
  }[];
  /** The value of `after` for the next page; null on the last page. */
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
  /** There are smaller values, which are not listed. */
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
  /** There are more events, which fewer people did and which are not listed. */
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
  /** In each list the largest, see `OVERVIEW_VALUES`. Pages are URLs without the parameters of campaigns and click ids. */
  channels: BreakdownValue[];
  referrers: BreakdownValue[];
  pages: BreakdownValue[];
  events: (Cell & { name: string; people: number; times: number })[];
  /** How many people were active in the last five minutes. */
  now: number;
}

/** The question and the answer of each kind of report. */
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
  /** The part of the question at fault: `steps[3].event`; empty for the whole question. */
  member: string;
}

/** Why there is no answer. The status is 400 unless the code says otherwise. */
export interface ReportProblem {
  /** A sentence for people. */
  error: string;
  code:
    | BadQuestion['code']
    /** 400: a parameter of the URL other than the question, or a body that cannot be read. */
    | 'bad_request'
    /** 404 */
    | 'unknown_report'
    | 'unknown_key'
    /** 501: this version of ClickHouse is too old for reports, or its user lacks a right that they need. */
    | 'no_reports'
    /** 503, with `progress`. */
    | 'building'
    /** 503: ask again soon. */
    | 'unavailable'
    /** 504 */
    | 'too_slow'
    /** 500 */
    | 'failed';
  /** The part of the question or of the URL at fault; empty for the whole, or if neither is at fault. */
  member: string;
  /** For `building`: the part that is done, from 0 to 1. */
  progress?: number;
}

/** The names of buckets by weekday, in their order. */
export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

/** The first and the last day of which a question may ask. */
export const FIRST_DAY = '2009-01-01';
export const LAST_DAY = '2100-12-31';

/** The most days of a range. */
export const MOST_DAYS = 3_700;

/** How many values each list of an overview has: the largest. */
export const OVERVIEW_VALUES = 10;

/** A pseudo-property whose values are the identities of a person. */
export const CUSTOMER_ID = 'Customer ID';
