import type { Person, PersonSummary } from '../../protocol/api.js';
import type { AcceptedHit } from '../../protocol/interpret.js';

/** An accepted hit and when it arrived, in Unix seconds. */
export interface ArrivedHit {
  hit: AcceptedHit;
  received: number;
}

export interface ArrivedRefusal {
  refusal: Refusal;
}

export type Entry = ArrivedHit | ArrivedRefusal;

export interface Refusal {
  /** Null where the request named no key; every site's Live shows those. */
  key: string | null;
  received: number;
  reason: string;
  /** Path and query as they came, cut. */
  request: string;
}

export interface StoredHit extends AcceptedHit {
  received: number;
  /** Kept for the export, not counted: the reference's rule of duplicates (section 8.4). */
  duplicate: boolean;
}

/** Where a reader of the live feed has got to. */
export interface LiveCursor {
  hit: number;
  refusal: number;
}

export interface LivePage {
  hits: StoredHit[];
  refusals: Refusal[];
  /** Hits since the cursor that the limit left out. */
  skipped: number;
  cursor: LiveCursor;
}

/** How one site counts: by the reference's rule of duplicates, or every hit id once. */
export type Counting = 'reference' | 'hit-id';

/** What the collector asks of a store, embedded or distributed. */
export interface Store {
  /**
   * Makes entries durable, in their order, all or none: when the promise resolves they survive a loss of
   * power. A hit whose id is stored already is acknowledged without being stored again.
   */
  append(entries: readonly Entry[]): Promise<void>;
  /** The merged person to whom an identity belongs; undefined for one never seen. */
  person(key: string, identity: string): Promise<Person | undefined>;
  /** People with an identity that contains the text, without case, latest first. */
  people(key: string, text: string, limit: number): Promise<PersonSummary[]>;
  /** What came since the cursor, or without one the latest there is, oldest first. */
  live(key: string, cursor: LiveCursor | undefined, limit: number): Promise<LivePage>;
  /** Every stored hit of a site in the order of arrival, duplicates by the reference's rule included. */
  export(key: string): AsyncIterable<StoredHit>;
  close(): Promise<void>;
}
