import type { Erased, People, Person } from '../../protocol/api.js';
import type { AcceptedHit } from '../../protocol/interpret.js';
import type { Reason, StoredReason } from '../../protocol/reasons.js';

/**
 * Which kind of program has sent a hit, by its `User-Agent`: a browser, a known bot, or anything else. For an imported hit, the
 * format of its file decides. The `User-Agent` itself is not stored.
 */
export type Agent = 'browser' | 'bot' | 'server';

/** An accepted hit, with the time of its arrival in Unix seconds and the kind of its sender. */
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
  /** Null if the request named no key, or one that is not accepted; Live of every site shows such refusals. */
  key: string | null;
  received: number;
  reason: StoredReason;
  /** Path and query as they arrived, cut. */
  request: string;
}

/** An entry that the store itself has refused: an alias that would make one person of too many identities. */
export interface RefusedEntry {
  /** Its index among the entries. */
  entry: number;
  reason: Reason;
}

export interface StoredHit extends AcceptedHit {
  received: number;
  agent: Agent;
  /** Kept for the export but not counted: it repeats another hit, by the site's rule. */
  duplicate: boolean;
}

/** A hit in an export. It does not say whether it repeats another one: the next store finds that out. */
export type ExportedHit = Omit<StoredHit, 'duplicate'>;

/** A damaged row that an export left out. It contains no data of people. */
export interface DamagedRow {
  /** The name of the row in the store. */
  row: string;
  /** When the hit arrived, Unix seconds; null if that cannot be read either. */
  received: number | null;
  /** Why it cannot be read. */
  reason: string;
}

declare const shape: unique symbol;

/**
 * An answer as JSON in UTF-8. The thread that answers the question makes it, since a large answer would delay the thread
 * that accepts hits. It is in a separate buffer, so that it can be transferred between threads.
 */
export type Json<T> = Uint8Array<ArrayBuffer> & { readonly [shape]?: T };

export interface LiveEvent {
  /** The name of the event in the stream; the shapes are in `protocol/api.ts`. */
  event: 'hit' | 'refused' | 'skipped';
  /** JSON. */
  data: string;
}

export interface LivePage {
  /** In the order of arrival. If some that arrived after the cursor were left out, the first event says how many. */
  events: LiveEvent[];
  /** The position up to which the reader has read, in the store's own form: printable, without spaces. */
  cursor: string;
}

/** An integer that an import stores together with its entries, such as how many lines are done, so that it can continue. */
export interface Bookmark {
  name: string;
  value: number;
}

/**
 * How a site counts. `reference`: by the reference's rule of duplicates (docs/reference.md#8.4), the same event of the same
 * identity in the same second counts once. `hit-id`: each hit id counts once, and each hit without an id counts. `auto`: hits
 * with an id are compared by id, and hits without one by the reference's rule.
 */
export type Counting = 'auto' | 'reference' | 'hit-id';

/** Stores hits that arrive. */
export interface Writer {
  /**
   * Stores entries in their order, all or none. When the promise resolves, they are as safe as `durability` of `StoreOptions`
   * says. A hit whose id is stored already is not stored again, which is no error.
   * @returns the entries for which refusals were stored instead, in their order
   */
  append(entries: readonly Entry[]): Promise<readonly RefusedEntry[]>;
}

/** Stores hits of an import. */
export interface ImportWriter {
  /**
   * Like `append` of a Writer, but stores the bookmarks in the same transaction, and stores nothing for a refused
   * entry.
   * @param onRefused called once with the refused entries, if any, before the others are stored: so none is missing if the
   *   process is killed
   */
  appendWithBookmarks(
    entries: readonly Entry[],
    bookmarks: readonly Bookmark[],
    onRefused: (refused: readonly RefusedEntry[]) => void,
  ): Promise<void>;
  /** The value of a bookmark; 0 for an unknown name. */
  bookmark(name: string): Promise<number>;
}

/** Reads the hits of one site or of all. */
export interface Reader {
  /** The merged person to whom an identity belongs; undefined for an unknown identity. */
  person(key: string, identity: string): Promise<Json<Person> | undefined>;
  /** The people with an identity that contains the text, without regard to case; latest first. */
  people(key: string, text: string, limit: number): Promise<Json<People>>;
  /** Hits and refusals since the cursor; the latest ones if there is no cursor, or if it is not of this store. */
  live(key: string, cursor: string | undefined, limit: number): Promise<LivePage>;
  /**
   * Every stored hit of a site in the order of arrival, repeats included.
   * @param onDamaged called for each row that cannot be read and is left out
   */
  export(key: string, onDamaged?: (row: DamagedRow) => void): AsyncIterable<ExportedHit>;
  /** The same hits as lines of the raw export (`protocol/raw-format.ts`), UTF-8 in pieces of many lines. */
  rawExport(key: string, onDamaged?: (row: DamagedRow) => void): AsyncIterable<Uint8Array>;
  /** The keys of all sites that have hits. */
  keys(): Promise<string[]>;
}

/** Removes hits for good. */
export interface Remover {
  /**
   * Removes every hit of every identity of a person, aliases included, and refused requests that name them. Afterwards all these
   * identities are unknown.
   * @returns what was removed; undefined if nothing is stored
   */
  erase(key: string, identity: string): Promise<Erased | undefined>;
  /**
   * Removes a site's hits that happened before a time, and then the people who have no hits left, with all their
   * identities.
   * @param before Unix seconds
   * @returns how many hits were removed
   */
  expire(key: string, before: number): Promise<number>;
}

/** The interface of every store, embedded or distributed, in the process that writes or in a worker. */
export interface Store extends Writer, Reader, Remover {
  /** How many acknowledged entries cannot be read yet: those in the spool of a distributed store. */
  backlog(): number;
  close(): Promise<void>;
}

/** The methods of a store that an export needs. */
export type HitSource = Pick<Store, 'keys' | 'export' | 'close'>;

/** A store in the process that writes to it. */
export interface WritableStore extends Store, ImportWriter {
  /**
   * Removes refused requests that arrived before a time.
   * @param key the site that they name; null: those that name no site
   * @param before Unix seconds
   * @returns how many were removed
   */
  expireRefusals(key: string | null, before: number): Promise<number>;
  /** How many people are to be erased of whom something may be left. The store finishes that by itself, if it can. */
  unfinishedErasures(): number;
}

export interface StoreOptions {
  /** Folder of the database, or of the spool; made if it is missing. Only one process writes to it. */
  folder: string;
  /** How a site counts. */
  counting: (key: string) => Counting;
  /**
   * `full` (default): each commit is on disk before its entries are acknowledged. `fast`: no entry waits for that. If the process
   * is killed, nothing is lost; a power failure may lose the hits since the latest sync. The embedded store syncs after some
   * thousands of hits, and the spool at each checkpoint.
   */
  durability?: 'full' | 'fast' | undefined;
  /** Called with errors of background work. */
  onError?: (error: unknown) => void;
  /** Called with a sentence for the owner: about a problem of the store, or about the end of a problem. */
  onNotice?: (sentence: string) => void;
  /** Called when the store has hidden a person by itself: the request to erase the person had failed before that. */
  onHidden?: () => void;
}

/**
 * The store has the entries but could not sync them, so a power failure may lose them. They must not be stored again by the
 * collector, since hits without an id would count twice: only their sender repeats them.
 */
export class NotDurable extends Error {
  readonly statusCode = 503;

  constructor(cause?: unknown) {
    super('The latest hits could not be written to disk.', { cause });
  }
}
