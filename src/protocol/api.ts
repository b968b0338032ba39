/** What the collector's read API answers, as JSON. All times are Unix seconds, UTC. */

/** `GET /api/v1/about`: what the collector says of itself. */
export interface About {
  version: string;
  /** The keys whose hits are taken; null: any. */
  keys: readonly string[] | null;
  /** Whether the demo shop is served. */
  demo: boolean;
  /** The loader, with KMQ_ORIGIN and KMQ_KEY to be filled in. */
  loader: string;
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

/** `GET /api/v1/people/IDENTITY?key=KEY` */
export interface Person {
  /** Every identity that belongs to this person, oldest first. */
  identities: string[];
  /** Those of them under which an event or a property has arrived (reference section 8.5). */
  customerIds: string[];
  /** The history of each property, oldest first: the last value is the current one. */
  properties: Record<string, PropertyValue[]>;
  /** Oldest first. */
  events: PersonEvent[];
}

/** `DELETE /api/v1/people/IDENTITY?key=KEY`: the person is gone, with every hit of every identity. */
export interface Erased {
  /** Every identity that the person had, oldest first. */
  identities: string[];
  /** How many hits were removed. */
  hits: number;
}

/** `GET /api/v1/people?key=KEY&q=TEXT`: those with an identity that contains TEXT, latest first. */
export interface People {
  people: PersonSummary[];
}

export interface PersonSummary {
  identities: string[];
  customerIds: string[];
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
  properties: Record<string, string>;
  /** What the site's owner is warned of in this hit, in sentences. */
  warnings: string[];
  /** The code of each of them; null where a version without codes has stored it. docs/hits.md lists them. */
  warningCodes: (string | null)[];
  /** Stored, but not counted: the same event of the same person in the same second (reference section 8.4). */
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
  count: number;
}
