import type { Visit } from './visits.js';

/** What the collector's read API answers, as JSON. All times are Unix seconds, UTC. */

/** The body of every answer with a status of 4xx or 5xx; that of a report is a `ReportProblem`, which has further codes. */
export interface Problem {
  /** What is wrong, as a sentence. */
  error: string;
  /** Only if a parameter of the URL is wrong. */
  code?: 'bad_request';
  /** The name of that parameter. */
  member?: string;
}

/** `GET /api/v1/about`, `GET /api/v1/about?key=KEY`: what the collector says of itself, and of a site. */
export interface About {
  version: string;
  /** The keys whose hits are accepted; null: every key. */
  keys: readonly string[] | null;
  /** Whether the demo shop is served. */
  demo: boolean;
  /** The loader, with the placeholders KMQ_ORIGIN and KMQ_KEY. */
  loader: string;
  /** The time zone in which the site's reports count days, an IANA name; absent if the request names no key. */
  timeZone?: string;
  /** After so many days the site's hits are removed; absent if they are kept, or if the request names no key. */
  retention?: number;
}

/**
 * `GET /api/v1/demo-data` of a collector with the demo shop: how many of its made-up visitors are stored. `POST` starts to store
 * them, unless they are there already, and answers the same without waiting.
 */
export interface DemoData {
  /** `failed`: the log says why. What is stored stays, and the next attempt continues after it. */
  state: 'none' | 'making' | 'made' | 'failed';
  /** The part that is stored, from 0 to 1. */
  progress: number;
}

export interface PropertyValue {
  value: string;
  time: number;
}

export interface PersonEvent {
  name: string;
  time: number;
  properties: Record<string, string>;
}

/** `GET /api/v1/person?key=KEY&id=IDENTITY`, or `GET /api/v1/people/IDENTITY?key=KEY` */
export interface Person {
  /** Every identity that belongs to this person, oldest first. */
  identities: string[];
  /** Those identities under which an event or a property has arrived (docs/reference.md#8.5). */
  customerIds: string[];
  /** The history of each property, oldest first: the last value is the current one. */
  properties: Record<string, PropertyValue[]>;
  /** Oldest first. */
  events: PersonEvent[];
  /** Visits with a browser, oldest first. For a `partial` person only those found in the hits that were read. */
  visits: Visit[];
  /** Known bots have sent all hits of this person: the programs that `"bots": "exclude"` leaves out of a report. */
  bot?: true;
  /** Older hits exist that this answer leaves out: it is made from the latest hits only. docs/hits.md has the limits. */
  partial?: true;
}

/**
 * `DELETE` at the same URLs removes the person, with every hit of every identity. The status is 200 when all is done. It is
 * 202 when no request finds the person any more but something is left to do; the collector does that by itself.
 */
export interface Erased {
  /** Every identity that the person had, oldest first; none if only refused requests named the person. */
  identities: string[];
  /** How many hits were removed so far. */
  hits: number;
  /** How many refused requests were removed, if only these named the person. */
  refusals?: number;
  /**
   * What is left to do, if anything. `refusals`: refused requests that may name the person. `hits`: hits that are hidden
   * but not removed yet, because the disk is full. `log`: copies in the store's write-ahead log, which cannot be truncated
   * while a reader, such as a backup, is open, or the disk is full. `reports`: values in the file of reports, which is being
   * written again; no report counts the person any more.
   */
  pending?: ('refusals' | 'hits' | 'log' | 'reports')[];
}

/** `GET /api/v1/people?key=KEY&q=TEXT`: the latest 50 people with an identity that contains TEXT in any case, the latest first. */
export interface People {
  people: PersonSummary[];
}

export interface PersonSummary {
  /** Oldest first. If there are very many, only the latest. */
  identities: string[];
  /** Those identities under which an event or a property has arrived. */
  customerIds: string[];
  /** How many identities are not listed, if any. */
  moreIdentities?: number;
  /** When the latest hit of this person happened; null if there are only aliases. */
  lastSeen: number | null;
}

/** `event: hit` of `GET /api/v1/live?key=KEY`. */
export interface LiveHit {
  kind: 'event' | 'properties' | 'alias';
  /** `_i` as it was sent. */
  id: string | null;
  /** The identity as it was sent. */
  person: string;
  /** The event, or in an alias the other identity; null where properties alone were set. */
  name: string | null;
  /** When it happened. */
  time: number;
  /** When it arrived. */
  received: number;
  /** If the hit has very many properties, only the first ones; very long ones are left out. */
  properties: Record<string, string>;
  /** How many properties are not shown, if any. */
  moreProperties?: number;
  /** Warnings about this hit for the site's owner, as sentences. */
  warnings: string[];
  /** The code of each warning; null if an older version of kmq, without codes, stored it. docs/hits.md lists the codes. */
  warningCodes: (string | null)[];
  /** Stored but not counted: a repeat of the same event by the same identity in the same second (docs/reference.md#8.4). */
  duplicate: boolean;
}

/** `event: refused` of `GET /api/v1/live?key=KEY`. */
export interface LiveRefusal {
  received: number;
  /** Why it was refused, as a sentence. */
  reason: string;
  /** The code of the reason; null if an older version of kmq, without codes, stored it. docs/hits.md lists the codes. */
  code: string | null;
  /** What the owner of the site can do, as sentences; null for a reason that this version of kmq does not know. */
  advice: string | null;
  /** Path and query of the request as it arrived, cut at 2,048 characters. */
  request: string;
}

/** `event: skipped`: more arrived at once than the stream shows. All of it is stored. */
export interface LiveSkipped {
  /**
   * How many hits are not shown, and how many of the latest 100 refused requests did not fit beside the hits, up to 100,000 together.
   * Refused requests before these 100 are neither shown nor counted.
   */
  count: number;
  /** True if there were more than 100,000; absent if not. */
  more?: boolean;
}

/** The error for a path that the collector does not have, with status 404. */
export const NOT_FOUND = 'There is nothing at this URL.';

/**
 * The longest id of an event of the live feed that a request may contain, in characters. With ClickHouse an id names each spool, in
 * up to 28 characters.
 */
export const MOST_EVENT_ID = 4000;
