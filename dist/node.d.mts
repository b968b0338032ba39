import { KmqEvents, EventName, EventProperties } from './kmq.mjs';

interface Visitor {
    /** The id from before the visitor was named. */
    anonymous: string | undefined;
    /** The name that a page gave with `identify`. */
    named: string | undefined;
}
/** Who a request comes from, by its `Cookie` header (RFC 6265, section 5.4). */
declare function readVisitor(cookies: string | null | undefined): Visitor;

/**
 * A text or a number; lists are joined by commas, a date is ISO 8601 in UTC, null is empty, what is undefined and a date that
 * is invalid are left out. 8 KB at most.
 */
type PropertyValue = Single | undefined | readonly Single[];
type Single = string | number | boolean | Date | null;
/**
 * Names of 255 characters at most. `_t`, Unix seconds, says when it happened, if not now; `_i` is an id of your own,
 * 64 characters at most: a call that is repeated with both of them counts once.
 */
type Properties = Readonly<Record<string, PropertyValue>>;
/** The name of an event and its properties: any, unless the application has declared its events (see `KmqEvents` in `kmq`). */
type RecordedEvent = keyof KmqEvents extends never ? [name: string, properties?: Properties | null] : {
    [Name in EventName]: Record<never, never> extends EventProperties<Name> ? [name: Name, properties?: EventProperties<Name> | null] : [name: Name, properties: EventProperties<Name>];
}[EventName];
/** A person by one of their identities: 1 to 255 characters, none of them half of a surrogate pair, or a number. */
type Identity = string | number;
interface ClientOptions {
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
interface Client {
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
declare function createClient(options: ClientOptions): Client;

export { createClient, readVisitor };
export type { Client, ClientOptions, Identity, Properties, PropertyValue, RecordedEvent, Visitor };
