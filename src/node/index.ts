import { resolve } from 'node:path';
// Imported by the package's name: an application declares its events in the module `kmq`, and they are not in a copy of it.
import type { EventName, EventProperties, KmqEvents } from 'kmq';
import { BATCH, type Path } from '../protocol/parameters.js';
import { Folder } from './folder.js';
import { acceptable, toHit } from './hit.js';
import { flushBeforeExit, openClients } from './exit.js';
import { Poster } from './post.js';
import { Queue } from './queue.js';
import { Sender } from './sender.js';
import { readVisitor } from './visitor.js';

export { readVisitor, type Visitor } from './visitor.js';

/** How often a client touches its folder, and looks for files of processes that have ended. */
const ROUND_MS = 20_000;

/** So many open clients are a mistake of the application, such as one for each request: each client looks at the folders of all others. */
const TOO_MANY_CLIENTS = 100;

/** How long `flush` and `close` wait at most, unless the caller says it. */
const FLUSH_MS = 10_000;

/** The longest time that a timer can wait. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * A value of a property. It is sent as text: a list is joined by commas, a date is ISO 8601 in UTC, null is empty. Undefined and
 * invalid dates are left out. A value is cut after 8,192 bytes.
 */
export type PropertyValue = Single | undefined | readonly Single[];

type Single = string | number | boolean | Date | null;

/** Names have 255 characters at most. A call that is repeated with the same `_t` and `_i` counts once. */
export interface Properties {
  readonly [name: string]: PropertyValue;
  /** When the hit happened, if not now: Unix seconds, from 2009 on. */
  readonly _t?: number | string | null;
  /** An id of your own, of 1 to 64 characters (UTF-16 units). */
  readonly _i?: string | number | null;
  /** Code for KISSmetrics sends it beside `_t`; here `_t` is enough. */
  readonly _d?: 1 | '1' | null;
  // Fields of the hit, which a visitor must not be able to set: the key, the person, the name and the age.
  readonly _k?: never;
  readonly _p?: never;
  readonly _n?: never;
  readonly _a?: never;
}

/** The name of an event and its properties. Any are accepted, unless the application declares its events (`KmqEvents` in `kmq`). */
export type RecordedEvent = keyof KmqEvents extends never
  ? [name: string, properties?: Properties | null]
  : {
      [Name in EventName]: Record<never, never> extends EventProperties<Name>
        ? [name: Name, properties?: EventProperties<Name> | null]
        : [name: Name, properties: EventProperties<Name>];
    }[EventName];

/** One of a person's identities: a finite number, or 1 to 255 characters, not only spaces, without an unpaired surrogate. */
export type Identity = string | number;

export interface ClientOptions {
  /** The site's key. */
  key: string;
  /** The collector's URL, such as `https://kmq.example.com` or `https://www.example.com/stats`. */
  collector: string | URL;
  /**
   * Folder for hits that are not acknowledged yet, for this collector only. Any number of processes of one user can share it: its
   * files are readable for their owner only. It has to survive a restart. Default: `kmq-queue` in the working directory.
   */
  queue?: string;
  /**
   * The most bytes that this process keeps there, above 0; beyond them the oldest hits are dropped. Files of other processes are
   * taken only while there is room. Default: 100,000,000.
   */
  maxBytes?: number;
  /** Seconds after which a hit is given up, above 0. Default: 2,592,000, which is 30 days. */
  maxAge?: number;
  /** Called with every mistake and failure; once for an outage, however long it is. Default: each is a line on standard error. */
  onError?: (error: Error) => void;
}

/**
 * No method throws: mistakes are reported to `onError`. Only the promises of `flush` and `close` wait for the collector. A call
 * returns when its hit is in a file, or in memory while the disk cannot be written. The time of the hit is that of the call,
 * however late the hit arrives.
 */
export interface Client {
  /** An event of a person. */
  readonly record: (person: Identity, ...event: RecordedEvent) => void;
  /** Properties of a person, without an event. */
  readonly set: (person: Identity, properties: Properties) => void;
  /**
   * Names the visitor whose request is being answered, as `identify` does in a page (docs/reference.md#3.3): their anonymous
   * hits become the person's. Nothing is sent for a visitor who sends no cookies, or who has a name already: two people who
   * share a browser must not become one. The page should push `identify` as well: only then its cookies have the name.
   * @param cookies the request's `Cookie` header
   */
  readonly identify: (person: Identity, cookies: string | null | undefined) => void;
  /** Makes one person of two identities, for good. */
  readonly alias: (person: Identity, other: Identity) => void;
  /**
   * Sends all waiting hits: at once, unless the collector has asked for a pause.
   * @param limit the most milliseconds to wait. Default: 10,000
   * @returns true when no hit waits any more; false after an attempt that failed, after the limit, and at once if all hits that are
   *   left have to wait for a pause: then the hits are kept and sent later
   */
  readonly flush: (limit?: number) => Promise<boolean>;
  /**
   * As `flush`, and ends the client. Hits that are left are sent by the next client with this folder. Calls are recorded until the
   * promise is fulfilled, and after that reported as a mistake.
   */
  readonly close: (limit?: number) => Promise<boolean>;
  /**
   * How many hits were given up: they were too many, too old, damaged on the disk, or blocked by a firewall or proxy in front of the
   * collector.
   */
  readonly dropped: number;
}

/**
 * A client for one site. Make one at the start of the process, since each has a folder, a timer and a connection. `close` is not
 * necessary: hits are in files, and are sent before the process ends by itself. Wrong options are reported to `onError` once, and the
 * client then does nothing.
 */
export function createClient(options: ClientOptions): Client {
  const report = (message: string, cause?: unknown): void => tell(options, message, cause);
  try {
    return open(options, report);
  } catch (error) {
    report('the client could not be made, so nothing is recorded', error);
    const nothing = (): void => {};
    const never = (): Promise<boolean> => Promise.resolve(false);
    return { record: nothing, set: nothing, identify: nothing, alias: nothing, flush: never, close: never, dropped: 0 };
  }
}

/** Any other value would drop every hit, or none. */
function positive(value: unknown, name: string): void {
  if (typeof value !== 'number' || !(value > 0)) throw new TypeError(`${name} must be a number above 0`);
}

type Report = (message: string, cause?: unknown) => void;

function open(options: ClientOptions, report: Report): Client {
  const { key, collector, queue: root = 'kmq-queue', maxBytes = 1e8, maxAge = 30 * 86_400 } = options;
  if (typeof key !== 'string' || key === '') throw new TypeError('the key of the site is missing');
  acceptable(key, 'key of the site');
  positive(maxBytes, 'maxBytes');
  positive(maxAge, 'maxAge');
  const poster = new Poster(new URL(String(collector).replace(/\/+$/, '') + BATCH));
  const folder = new Folder(resolve(root));
  const queue = new Queue(folder, { maxBytes, maxAge }, report);
  const sender = new Sender(queue, poster, report);
  let closed: Promise<boolean> | undefined;
  let isClosed = false;

  const look = async (): Promise<void> => {
    await folder.touch();
    queue.save();
    await queue.adopt();
    if (!queue.isEmpty) sender.wake();
  };
  const adopted = look().catch((error) => report('hits that other processes left cannot be sent', error));
  const rounds = setInterval(() => void look().catch(() => {}), ROUND_MS).unref();

  const keep = (path: Path, person: unknown, name: unknown, properties?: unknown): void => {
    try {
      if (isClosed) throw new TypeError('the client is closed');
      const now = Date.now();
      queue.append(toHit(path, key, person, name, properties, now), now);
      sender.wake();
    } catch (error) {
      report('a hit was not recorded', error);
    }
  };

  const flush = async (limit?: number): Promise<boolean> => {
    const sent = adopted.then(() => sender.flush());
    return within(typeof limit === 'number' ? limit : FLUSH_MS, sent);
  };

  const finish = async (limit?: number): Promise<boolean> => {
    const delivered = await flush(limit);
    clearInterval(rounds);
    await sender.stop();
    // Hits that were recorded meanwhile may be left.
    const isComplete = delivered && queue.isEmpty;
    isClosed = true;
    queue.close();
    forget();
    return isComplete;
  };

  const forget = flushBeforeExit({
    waits: () => !sender.failures && (sender.isSending || (!queue.isEmpty && !queue.pauseMs)),
    flush,
    giveUp: () => poster.abort(),
    exit: () => queue.close(),
  });
  if (openClients() === TOO_MANY_CLIENTS)
    report(
      `${TOO_MANY_CLIENTS} clients are open: make one at the start of the process, and not one for each request, or close them`,
    );

  return {
    record: (person, name, properties) => keep('/e', person, name, properties),
    set: (person, properties) => keep('/s', person, undefined, properties),
    identify(person, cookies) {
      const { anonymous, named } = readVisitor(cookies);
      const name = typeof person === 'number' ? String(person) : person;
      // As the tracker sends it: the name is the second identity, in `_n`.
      if (anonymous && !named && anonymous !== name) keep('/a', anonymous, person);
    },
    alias: (person, other) => keep('/a', person, other),
    flush,
    close: (limit) => (closed ??= finish(limit)),
    get dropped() {
      return queue.dropped;
    },
  };
}

/** The answer, or false if it takes longer than the limit. */
async function within(limit: number, answer: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((settle) => (timer = setTimeout(settle, Math.min(limit, LONGEST_TIMER_MS), false)));
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

function tell(options: ClientOptions | undefined, message: string, cause: unknown): void {
  const error = new Error(message + reasonOf(cause), { cause });
  try {
    const onError: unknown = options?.onError;
    if (typeof onError === 'function') (onError as (error: Error) => void)(error);
    else console.error(`kmq: ${error.message}`);
  } catch {
    // `onError` itself threw: there is nowhere to report that.
  }
}

function reasonOf(cause: unknown): string {
  try {
    return cause === undefined ? '' : `: ${cause instanceof Error ? cause.message : String(cause)}`;
  } catch {
    // A property may throw anything, also an object of which no text can be made.
    return '';
  }
}
