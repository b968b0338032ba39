import type { Visit } from './visits.js';

/** What the collector's read API answers, as JSON. All times are Unix seconds, UTC. */

/** What every answer is that is none, with a status of 4xx or 5xx. */
export interface Problem {
  /** What is wrong, a sentence. */
  error: string;
  /** Where a parameter of the address is wrong. */
  code?: 'bad_request';
  /** Its name. */
  member?: string;
}

/** `GET /api/v1/about`, `GET /api/v1/about?key=KEY`: what the collector says of itself, and of a site. */
export interface About {
  version: string;
  /** The keys whose hits are taken; null: any. */
  keys: readonly string[] | null;
  /** Whether the demo shop is served. */
  demo: boolean;
  /** The loader, with KMQ_ORIGIN and KMQ_KEY to be filled in. */
  loader: string;
  /** Whose days the site's reports count by, an IANA name; absent where no key was asked for. */
  timeZone?: string;
}

/**
 * `GET /api/v1/demo-data` of a collector with the demo shop: how far its made-up visitors are. `POST` has them made, unless they are
 * there already, and answers the same at once.
 */
export interface DemoData {
  /** `failed`: the log says why; what is stored stays, and the next attempt goes on behind it. */
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
  /** Those of them under which an event or a property has arrived (docs/reference.md#8.5). */
  customerIds: string[];
  /** The history of each property, oldest first: the last value is the current one. */
  properties: Record<string, PropertyValue[]>;
  /** Oldest first. */
  events: PersonEvent[];
  /** Of their browsers, oldest first; of a person who is `partial` those of the hits that were read. */
  visits: Visit[];
  /** There are older hits, of which this says nothing: a person is assembled from the latest. docs/hits.md has the limits. */
  partial?: true;
}

/**
 * `DELETE` at the same addresses: the person is gone, with every hit of every identity. 200 when all is done,
 * 202 when nobody finds the person any more and something is left to do, which the collector does by itself.
 */
export interface Erased {
  /** Every identity that the person had, oldest first. */
  identities: string[];
  /** How many hits were removed so far. */
  hits: number;
  /**
   * What is left to do, where there is something. `refusals`: refused requests that may name the person; `hits`: those
   * that are hidden and not removed, for lack of space on the disk; `log`: copies in the store's write-ahead log, which
   * cannot be cut while somebody reads the store, such as a backup; `reports`: values in the file of reports, which is being
   * written again: no report counts the person any more.
   */
  pending?: ('refusals' | 'hits' | 'log' | 'reports')[];
}

/** `GET /api/v1/people?key=KEY&q=TEXT`: those with an identity that contains TEXT, both folded as Unicode does, latest first. */
export interface People {
  people: PersonSummary[];
}

export interface PersonSummary {
  /** Oldest first; of very many only the latest. */
  identities: string[];
  /** Those of them under which an event or a property has arrived. */
  customerIds: string[];
  /** How many identities are not listed, if any. */
  moreIdentities?: number;
  /** When the latest hit of this person happened; null while there are only aliases. */
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
  /** Of a hit with very many, or very long ones, the first that Live has space for. */
  properties: Record<string, string>;
  /** How many properties are not shown, if any. */
  moreProperties?: number;
  /** What the site's owner is warned of in this hit, in sentences. */
  warnings: string[];
  /** The code of each of them; null where a version without codes has stored it. docs/hits.md lists them. */
  warningCodes: (string | null)[];
  /** Stored, but not counted, as the site counts: the same event of the same identity in the same second (docs/reference.md#8.4). */
  duplicate: boolean;
}

/** `event: refused` of `GET /api/v1/live?key=KEY`. */
export interface LiveRefusal {
  received: number;
  /** Why it was refused, a sentence. */
  reason: string;
  /** Its code; null where a version without codes has stored it. docs/hits.md lists them. */
  code: string | null;
  /** The request as it came, path and query, cut at 2,048 characters. */
  request: string;
}

/** `event: skipped`: more hits arrived at once than the stream shows. They are stored all the same. */
export interface LiveSkipped {
  /** How many, up to 100,000. */
  count: number;
  /** Whether there were more than that; absent where there were not. */
  more?: boolean;
}
