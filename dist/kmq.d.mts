type PropertyInput = Record<string, unknown>;
/**
 * The `KM` object of a page (reference section 1.3). Its methods never throw, whatever they are given: a
 * mistake is one line in the console. A callback is called once, when the collector has answered or cannot
 * be reached.
 */
interface KM {
    /** An event of the current person. Names: 255 characters; values: 8 KB; longer ones are cut by the collector. */
    record(name: string, properties?: PropertyInput | null, callback?: () => void): void;
    /** Properties of the current person, without an event. */
    record(properties: PropertyInput): void;
    set(properties: PropertyInput, callback?: () => void): void;
    /** Names the visitor, 255 characters at most; null means nobody, as in `clearIdentity`. */
    identify(id: string | number | null): void;
    /** Makes one person of two identities, for good. */
    alias(id: string | number, other?: string | number): void;
    /** Makes a new anonymous person of this browser, if someone was named. */
    clearIdentity(): void;
    /** The current identity: the named one, else the anonymous one. */
    i(): string;
    /** Unix seconds, rounded. */
    ts(): number;
    /** The referrer: `KM_REFERRER` where the page sets it. */
    rf(): string;
    /** The current address. */
    u(): string;
    /** Whether an address, the current one unless given, fits a pattern such as `/products/*` (reference section 6.2). */
    um(pattern: string, url?: string): boolean;
    /** Whether a regular expression finds something in the current address. */
    urm(regex: string | RegExp): boolean;
    /** The visitor's variant of a test: names of equal weight, or weights by name. Sets the property of that name. */
    ab<Variant extends string>(name: string, variants: readonly Variant[] | Readonly<Record<Variant, number>>, callback?: (variant: Variant) => void): Variant;
    /** The id by which variants are chosen. */
    abi(): string;
    /** The event `Page View`. */
    pageView(): void;
    /** An event for each click on a target: an element, an id, `.class` or a CSS selector. */
    trackClick(target: string | Element, name: string, properties?: PropertyInput): void;
    /** The same: links are never held up, so those that lead out need nothing else. */
    trackClickOnOutboundLink(target: string | Element, name: string, properties?: PropertyInput): void;
    /** An event for each submit of a form, with those of its fields that may be sent. */
    trackSubmit(target: string | Element, name: string, properties?: PropertyInput): void;
    trackForm(target: string | Element, name: string, properties?: PropertyInput): void;
    signedUp(plan?: string, properties?: PropertyInput): void;
    upgraded(plan?: string, properties?: PropertyInput): void;
    downgraded(plan?: string, properties?: PropertyInput): void;
    /** A payment; a refund is a negative amount. */
    billed(amount: number | string, description?: string, properties?: PropertyInput): void;
    canceled(properties?: PropertyInput): void;
    cancelled(properties?: PropertyInput): void;
    /** What the visitor answered when they were asked; remembered for a year, see docs/privacy.md. */
    consent(answer: 'granted' | 'denied'): void;
    /** The visitor does not want to be tracked, whatever the page is told later. */
    optOut(): void;
    /** Takes `optOut` back, and overrules a signal of the browser. */
    optIn(): void;
    /** Every command, hit and refusal from now on is a line in the console; `?km_debug=1` does the same. */
    debug(): void;
}

/**
 * `import { init, record } from 'kmq'`: the tracker for applications that bundle it. Importing it does
 * nothing and needs no browser; before `init` commands wait in `_kmq`, as they do in a page.
 */

interface Options {
    /** The site's key. */
    key: string;
    /** Origin of the collector, `https://stats.example.com`. */
    collector: string;
    /** Exact cookie domain; left out: the widest that the browser accepts. */
    cookieDomain?: string;
    /** The collector is another implementation of the specification: send nothing that it does not know. */
    plain?: boolean;
}
/** Starts the tracker; called again, or where there is no browser, it does nothing. */
declare function init({ key, collector, cookieDomain, plain }: Options): void;
declare const record: KM["record"];
declare const set: KM["set"];
declare const identify: KM["identify"];
declare const alias: KM["alias"];
declare const clearIdentity: KM["clearIdentity"];

export { alias, clearIdentity, identify, init, record, set };
export type { KM, Options, PropertyInput };
