import { KmqEvents, EventName, EventProperties } from './kmq.mjs';

interface Visitor {
    /** The visitor's anonymous id. */
    anonymous: string | undefined;
    /** The name that a page gave with `identify`. */
    named: string | undefined;
}
/** The visitor of a request, by its `Cookie` header (RFC 6265, section 5.4). */
declare function readVisitor(cookies: string | null | undefined): Visitor;

/**
 * A value of a property. It is sent as text: a list is joined by commas, a date is ISO 8601 in UTC, null is empty. Undefined and
 * invalid dates are left out. A value is cut after 8,192 bytes.
 */
type PropertyValue = Single | undefined | readonly Single[];
type Single = string | number | boolean | Date | null;
/** Names have 255 characters at most. A call that is repeated with the same `_t` and `_i` counts once. */
interface Properties {
    readonly [name: string]: PropertyValue;
    /** When the hit happened, if not now: Unix seconds, from 2009 on. */
    readonly _t?: number | string | null;
    /** An id of your own, of 1 to 64 characters (UTF-16 units). */
    readonly _i?: string | number | null;
    /** Code for KISSmetrics sends it beside `_t`; here `_t` is enough. */
    readonly _d?: 1 | '1' | null;
    readonly _k?: never;
    readonly _p?: never;
    readonly _n?: never;
    readonly _a?: never;
}
/** The name of an event and its properties. Any are accepted, unless the application declares its events (`KmqEvents` in `kmq`). */
type RecordedEvent = keyof KmqEvents extends never ? [name: string, properties?: Properties | null] : {
    [Name in EventName]: Record<never, never> extends EventProperties<Name> ? [name: Name, properties?: EventProperties<Name> | null] : [name: Name, properties: EventProperties<Name>];
}[EventName];
/** One of a person's identities: a finite number, or 1 to 255 characters, not only spaces, without an unpaired surrogate. */
type Identity = string | number;
interface ClientOptions {
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
interface Client {
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
declare function createClient(options: ClientOptions): Client;

export { createClient, readVisitor };
export type { Client, ClientOptions, Identity, Properties, PropertyValue, RecordedEvent, Visitor };
