import type { Erased, People, Person } from '../../protocol/api.js';
import type { AcceptedHit } from '../../protocol/interpret.js';
import type { Reason, StoredReason } from '../../protocol/reasons.js';

/**
 * Which kind of program has sent a hit, as its `User-Agent` says: a browser, one that is a known bot, or anything else, an import
 * among them. The `User-Agent` itself is not kept.
 */
export type Agent = 'browser' | 'bot' | 'server';

/** An accepted hit, when it arrived, in Unix seconds, and from what. */
export interface ArrivedHit {
  hit: AcceptedHit;
  received: number;
  agent: Agent;
}

export interface ArrivedRefusal {
  refusal: Refusal;
}

export type Entry = ArrivedHit | ArrivedRefusal;

export interface Refusal {
  /** Null where the request named no key; every site's Live shows those. */
  key: string | null;
  received: number;
  reason: StoredReason;
  /** Path and query as they came, cut. */
  request: string;
}

/** An entry that the store itself has refused: an alias that would make a person of too many identities. */
export interface RefusedEntry {
  /** Its place among the entries. */
  entry: number;
  reason: Reason;
}

export interface StoredHit extends AcceptedHit {
  received: number;
  agent: Agent;
  /** Kept for the export, not counted: it repeats another one, as the site counts. */
  duplicate: boolean;
}

/** An export does not say whether a hit repeats another one: the next store finds that out. */
export type ExportedHit = Omit<StoredHit, 'duplicate'>;

/** What an export had to leave out. It says nothing of people. */
export interface DamagedRow {
  /** The row of the store, as the store names it. */
  row: string;
  /** When it arrived, Unix seconds; null where not even that can be read. */
  received: number | null;
  /** Why it cannot be read. */
  reason: string;
}

declare const shape: unique symbol;

/**
 * An answer as JSON in UTF-8, in its own memory. The thread that answers the question builds it: a large answer would delay the thread
 * that takes hits.
 */
export type Json<T> = Uint8Array<ArrayBuffer> & { readonly [shape]?: T };

export interface LiveEvent {
  /** As the stream names it; the shapes are those of `protocol/api.ts`. */
  event: 'hit' | 'refused' | 'skipped';
  /** JSON. */
  data: string;
}

export interface LivePage {
  /** In the order of arrival; in front of them how many were left out, if any were. */
  events: LiveEvent[];
  /** The reader's place, as the store writes it: printable, without spaces. */
  cursor: string;
}

/** How far an import is: stored with its entries, so that an interrupted import can continue. */
export interface Bookmark {
  /** Names what is imported. */
  source: string;
  /** Lines of it that are done. */
  lines: number;
}

/**
 * How one site counts. `reference`: by the reference's rule of duplicates (docs/reference.md#8.4), the same event of the same
 * identity in the same second once. `hit-id`: every hit id once, and a hit without one each time. `auto`: a hit with an id
 * by its id, and hits without one among themselves by the reference's rule.
 */
export type Counting = 'auto' | 'reference' | 'hit-id';

/** Takes what arrives. */
export interface Writer {
  /**
   * Makes entries durable, in their order, all or none: when the promise resolves they survive a loss of power. A hit
   * whose id is stored already is acknowledged without being stored again.
   * @returns the entries of which refusals are stored instead, in their order
   */
  append(entries: readonly Entry[]): Promise<readonly RefusedEntry[]>;
}

/** Takes what an import brings. */
export interface ImportWriter {
  /**
   * Like `append` of a Writer, and the bookmark becomes durable in the same transaction. Nothing of a refused
   * entry is stored.
   * @param onRefused called with the refused entries, if any, before the others are stored: so none is forgotten after a kill
   */
  appendWithBookmark(
    entries: readonly Entry[],
    bookmark: Bookmark,
    onRefused: (refused: readonly RefusedEntry[]) => void,
  ): Promise<void>;
  /** The lines of a source that earlier imports have done; 0 for one never seen. */
  bookmark(source: string): Promise<number>;
}

/** Answers questions about one site, or about all of them. */
export interface Reader {
  /** The merged person to whom an identity belongs; undefined for one never seen. */
  person(key: string, identity: string): Promise<Json<Person> | undefined>;
  /** People with an identity that contains the text, both folded as Unicode does, latest first. */
  people(key: string, text: string, limit: number): Promise<Json<People>>;
  /** What came since the cursor; without one, or with one that is none of this store's, the latest. */
  live(key: string, cursor: string | undefined, limit: number): Promise<LivePage>;
  /**
   * Every stored hit of a site in the order of arrival, those that repeat another one included.
   * @param onDamaged told of the rows that cannot be read and are left out
   */
  export(key: string, onDamaged?: (row: DamagedRow) => void): AsyncIterable<ExportedHit>;
  /** The same as lines of the raw export (`protocol/raw-format.ts`), UTF-8 in pieces of many lines. */
  rawExport(key: string, onDamaged?: (row: DamagedRow) => void): AsyncIterable<Uint8Array>;
  /** The keys of all sites that have hits. */
  keys(): Promise<string[]>;
}

/** Removes hits for good. */
export interface Remover {
  /**
   * Removes every hit of every identity of a person, the aliases among them; none of them is known afterwards.
   * @returns what was removed; undefined for an identity never seen
   */
  erase(key: string, identity: string): Promise<Erased | undefined>;
  /**
   * Removes a site's hits that happened before a time, and the identities that have none left and belong to nobody
   * who has.
   * @param before Unix seconds
   * @returns how many hits were removed
   */
  expire(key: string, before: number): Promise<number>;
}

/** What the collector asks of a store, embedded or distributed, in the process that writes or in one beside it. */
export interface Store extends Writer, Reader, Remover {
  /** Hits that are acknowledged and cannot be read yet: those in the spool of a distributed store. */
  backlog(): number;
  close(): Promise<void>;
}

export interface StoreOptions {
  /** Folder of the database, or of the spool; made where it is missing. One process writes to it. */
  folder: string;
  /** How a site counts. */
  counting: (key: string) => Counting;
  /**
   * `full` (default): each batch is on disk before it is acknowledged. `fast`: the system decides when to write it. A killed process
   * loses nothing, but a power failure loses the hits since the last checkpoint.
   */
  durability?: 'full' | 'fast' | undefined;
  /** Called with errors for which nobody waits. */
  onError?: (error: unknown) => void;
  /** Called with a sentence for the owner about something that was found when the store was opened, or that is over now. */
  onNotice?: (sentence: string) => void;
}

/**
 * The store has the entries but could not sync them, so a power failure may lose them. To store them again would count hits without an id
 * twice: so only their sender repeats them.
 */
export class NotDurable extends Error {
  readonly statusCode = 503;

  constructor(cause?: unknown) {
    super('The latest hits could not be written to disk.', { cause });
  }
}
