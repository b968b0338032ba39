import { resolve } from 'node:path';
// The package by its name: what an application declares of its events is a part of that module, and no copy of it.
import type { EventName, EventProperties, KmqEvents } from 'kmq';
import { BATCH, type Path } from '../protocol/parameters.js';
import { Folder } from './folder.js';
import { toHit } from './hit.js';
import { flushBeforeExit } from './exit.js';
import { Poster } from './post.js';
import { Queue } from './queue.js';
import { Sender } from './sender.js';
import { readVisitor } from './visitor.js';

export { readVisitor, type Visitor } from './visitor.js';

/** How often a client touches its folder, and looks for files that others have left. */
const ROUND_MS = 20_000;

/** What timers can wait. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * A text or a number; lists are joined by commas, a date is ISO 8601 in UTC, null is empty, what is undefined and a date that
 * is invalid are left out. 8 KB at most.
 */
export type PropertyValue = Single | undefined | readonly Single[];

type Single = string | number | boolean | Date | null;

/**
 * Names of 255 characters at most. `_t`, Unix seconds, says when it happened, if not now; `_i` is an id of your own,
 * 64 characters at most: a call that is repeated with both of them counts once.
 */
export type Properties = Readonly<Record<string, PropertyValue>>;

/** The name of an event and its properties: any, unless the application has declared its events (see `KmqEvents` in `kmq`). */
export type RecordedEvent = keyof KmqEvents extends never
  ? [name: string, properties?: Properties | null]
  : {
      [Name in EventName]: Record<never, never> extends EventProperties<Name>
        ? [name: Name, properties?: EventProperties<Name> | null]
        : [name: Name, properties: EventProperties<Name>];
    }[EventName];

/** A person by one of their identities: 1 to 255 characters, none of them half of a surrogate pair, or a number. */
export type Identity = string | number;

export interface ClientOptions {
  /** The site's key. */
  key: string;
  /** The collector's address, such as `https://kmq.example.com` or `https://www.example.com/stats`. */
  collector: string | URL;
  /**
   * Folder of the hits that are not acknowledged, for this collector alone; any number of processes share it. It has to
   * outlive a restart. `kmq-queue` in the working directory.
   */
  queue?: string;
  /** Bytes that this process may keep there; then the oldest hits are dropped. 100,000,000. */
  maxBytes?: number;
  /** Seconds after which a hit is given up; 2,592,000, which is 30 days. */
  maxAge?: number;
  /** Called with every mistake and failure. Without it each is a line on standard error. */
  onError?: (error: Error) => void;
}

/**
 * No method throws or waits: mistakes are reported to `onError`. A call returns when its hit is in a file, and
 * the hit counts with the moment of the call, whenever it arrives.
 */
export interface Client {
  /** An event of a person. */
  readonly record: (person: Identity, ...event: RecordedEvent) => void;
  /** Properties of a person, without an event. */
  readonly set: (person: Identity, properties: Properties) => void;
  /**
   * Names the visitor whose request is being answered, as `identify` does in a page (docs/reference.md#3.3): what they
   * did anonymously becomes the person's. Nothing is sent for a visitor who has a name already, or no cookies: two people
   * who share a browser must not become one. Let the page push `identify` as well, which gives it the name.
   * @param cookies the request's `Cookie` header
   */
  readonly identify: (person: Identity, cookies: string | null | undefined) => void;
  /** Makes one person of two identities, for good. */
  readonly alias: (person: Identity, other: Identity) => void;
  /**
   * Sends what waits, at once unless the collector has asked for a pause.
   * @param limit milliseconds to wait for it
   * @returns true once everything recorded before is acknowledged; false after an attempt that failed, or the limit: it is
   *   kept, and sent later
   */
  readonly flush: (limit?: number) => Promise<boolean>;
  /** As `flush`, and ends the client: what is left waits for the next one with this folder. */
  readonly close: (limit?: number) => Promise<boolean>;
  /** Hits that were given up, because they were too many, too old or blocked by something in front of the collector. */
  readonly dropped: number;
}

/** A client for one site. It needs no `close`: hits are in their file, and sent before the process ends by itself. */
export function createClient(options: ClientOptions): Client {
  const report = (message: string, cause?: unknown): void => tell(options?.onError, message, cause);
  try {
    return open(options, report);
  } catch (error) {
    report('the client could not be made, so nothing is recorded', error);
    const nothing = (): void => {};
    const never = (): Promise<boolean> => Promise.resolve(false);
    return { record: nothing, set: nothing, identify: nothing, alias: nothing, flush: never, close: never, dropped: 0 };
  }
}

type Report = (message: string, cause?: unknown) => void;

function open(options: ClientOptions, report: Report): Client {
  const { key, collector, queue: root = 'kmq-queue', maxBytes = 1e8, maxAge = 30 * 86_400 } = options;
  if (typeof key !== 'string' || key === '') throw new TypeError('no key');
  const poster = new Poster(new URL(String(collector).replace(/\/+$/, '') + BATCH));
  const folder = new Folder(resolve(root));
  const queue = new Queue(folder, { maxBytes, maxAge }, report);
  const sender = new Sender(queue, poster, report);
  let closed: Promise<boolean> | undefined;

  const look = async (): Promise<void> => {
    await folder.touch();
    await queue.adopt();
    if (!queue.isEmpty) sender.wake();
  };
  const adopted = look().catch((error) => report('hits that other processes left cannot be sent', error));
  const rounds = setInterval(() => void look().catch(() => {}), ROUND_MS).unref();

  const keep = (path: Path, person: unknown, name: unknown, properties?: unknown): void => {
    try {
      if (closed) throw new TypeError('the client is closed');
      const now = Date.now();
      queue.append(toHit(path, key, person, name, properties, now), now);
      sender.wake();
    } catch (error) {
      report('a hit was refused', error);
    }
  };

  const flush = async (limit = 10_000): Promise<boolean> => {
    await adopted;
    return within(limit, sender.flush());
  };

  const finish = async (limit?: number): Promise<boolean> => {
    const delivered = await flush(limit);
    forget();
    clearInterval(rounds);
    await sender.stop();
    queue.close();
    return delivered;
  };

  const forget = flushBeforeExit({
    waits: () => !queue.isEmpty && !queue.pauseMs && !sender.failures,
    flush,
    giveUp: () => poster.abort(),
    exit: () => queue.close(),
  });

  return {
    record: (person, name, properties) => keep('/e', person, name, properties),
    set: (person, properties) => keep('/s', person, undefined, properties),
    identify(person, cookies) {
      const { anonymous, named } = readVisitor(cookies);
      // As the browser sends it: the name in the place of the event's.
      if (anonymous && !named && anonymous !== String(person)) keep('/a', anonymous, person);
    },
    alias: (person, other) => keep('/a', person, other),
    flush,
    close: (limit) => (closed ??= finish(limit)),
    get dropped() {
      return queue.dropped;
    },
  };
}

/** What comes first: the answer, or false at the limit. */
async function within(limit: number, answer: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((settle) => (timer = setTimeout(settle, Math.min(limit, LONGEST_TIMER_MS), false)));
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

function tell(onError: unknown, message: string, cause: unknown): void {
  const reason = cause === undefined ? '' : `: ${cause instanceof Error ? cause.message : String(cause)}`;
  const error = new Error(message + reason, { cause });
  try {
    if (typeof onError === 'function') (onError as (error: Error) => void)(error);
    else console.error(`kmq: ${error.message}`);
  } catch {
    // `onError` itself failed: nothing is left to report that to.
  }
}
