/**
 * A value of a property. It is sent as text: a list is joined by commas, null is empty, a date is ISO 8601 in UTC. An invalid
 * date is not sent. The collector cuts a value after 8,192 bytes. Nested objects are not sent, so the type does not allow them.
 */
type PropertyValue = Single | readonly Single[];
type Single = string | number | boolean | Date | null;
/**
 * Names have 255 characters at most; `,` and `:` become spaces. `_p`, `_t` with `_d: 1`, and `_i` replace the tracker's own
 * values.
 */
type Properties = Readonly<Record<string, PropertyValue>>;
type Identity = string | number;
/**
 * The events of a site, by name, each with its properties. An application declares it once. `kmq types` writes
 * the declaration from the events that the site has sent:
 *
 *     declare module 'kmq' {
 *       interface KmqEvents {
 *         'Signed Up': { 'Plan Name': string; seats?: number };
 *       }
 *     }
 *
 * From then on TypeScript accepts no other events and no other properties: in the page, by `_kmq.push` and by `kmq/node`.
 * While it is empty, every name and all properties are accepted.
 */
interface KmqEvents {
}
/** A name that can be recorded. */
type EventName = keyof KmqEvents extends never ? string : Extract<keyof KmqEvents, string>;
/** The properties of an event. Each event may also have the fields `_t` with `_d`, `_i` and `_p`. */
type EventProperties<Name extends EventName> = Name extends keyof KmqEvents ? KmqEvents[Name] & Readonly<Partial<Record<'_p' | '_t' | '_d' | '_i', PropertyValue>>> : Properties;
/** What follows the name of an event: its properties, unless it needs none, and a callback. */
type Given<Properties> = Record<never, never> extends Properties ? [properties?: Properties | null, callback?: Callback] | [callback: Callback] : [properties: Properties, callback?: Callback];
/** Any event of the site: its name, its properties and a callback. */
type EventGiven = {
    [Name in EventName]: [name: Name, ...given: Given<EventProperties<Name>>];
}[EventName];
/** The event for clicks or submits of a target. Properties that a form's fields may supply are not required. */
type TargetGiven = {
    [Name in EventName]: [target: Target, name: Name, properties?: Partial<EventProperties<Name>>];
}[EventName];
/**
 * A target of clicks or submits: an element, the document, a text, or a list of these (an array, a NodeList, a
 * jQuery set), which is one target. A text is an id with or without `#`, `.class` or any CSS selector. A single word
 * is an id; if no element has that id, it is the name of an element, as in CSS. A text also finds elements that are
 * added later; a list is read once. Elements are held weakly. For a target that can never be found (empty, null, a malformed
 * selector) one line is logged to the console at once (docs/reference.md#5.7).
 */
type Target = string | EventTarget | ArrayLike<Target> | Iterable<Target>;
/** Names of equal weight, or weights of any scale by name. */
type Variants<Variant extends string = string> = readonly Variant[] | Readonly<Record<Variant, number>>;
/**
 * Called once. For a hit, the answer is whether it has arrived: true when the collector has acknowledged it; false after a failed
 * attempt or two seconds, and at once if it may not be sent. For a test, it is the variant. It is one type for both, since
 * TypeScript could not choose between two in a list of commands.
 */
type Callback = (answer: any) => void;
/**
 * Every command that can be pushed, with its arguments (docs/reference.md#1.3 and docs/reference.md#2.3).
 */
interface Commands {
    /** An event of the current person. Without a name it is `set`. */
    record: EventGiven | [name: null | undefined, properties: Properties, callback?: Callback] | [properties: Properties, callback?: Callback];
    /** Properties of the current person, without an event. */
    set: [properties: Properties, callback?: Callback];
    /** Names the visitor, 255 characters at most; null means nobody, as in `clearIdentity`. */
    identify: [id: Identity | null | undefined];
    /** Makes one person of two identities, for good. By default the second one is the current identity. */
    alias: [id: Identity, other?: Identity | null];
    /** For a sign-out: if the visitor was named, the next hit is of a new anonymous person. */
    clearIdentity: [];
    /** The event `Page View`; the referrer is the page's unless given. */
    pageView: [referrer?: string];
    /**
     * An event for each click on a target, also on elements that are added later. The second click that the browser
     * makes after a click on a label does not count. If it is registered again with the same target and name, a click is still one
     * event, with the newest properties: an application may run its scripts again.
     */
    trackClick: TargetGiven;
    /** The same as `trackClick`: links are never delayed, so outbound links need nothing special. */
    trackClickOnOutboundLink: TargetGiven;
    /** An event for each submit of a form, with the fields that may be sent. It can be registered again like `trackClick`. */
    trackSubmit: TargetGiven;
    /** The same as `trackSubmit`. */
    trackForm: TargetGiven;
    /** Chooses the visitor's variant of a test, and sets it as a property with the test's name. The callback gets the variant. */
    ab: [test: string, variants: Variants, callback?: Callback];
    /** The event `Signed Up`, with the property `Plan Name`. `upgraded` and `downgraded` have it as well. */
    signedUp: [plan?: string, properties?: Properties, callback?: Callback];
    upgraded: [plan?: string, properties?: Properties, callback?: Callback];
    downgraded: [plan?: string, properties?: Properties, callback?: Callback];
    /** A payment; a refund is a negative amount. */
    billed: [amount: number | string, description?: string, properties?: Properties, callback?: Callback];
    canceled: [properties?: Properties, callback?: Callback];
    /** The same as `canceled`. */
    cancelled: [properties?: Properties, callback?: Callback];
    /** The visitor's answer to a consent banner; remembered for a year. */
    consent: [answer: 'granted' | 'denied'];
    /** The visitor does not want to be tracked. A later `consent` does not change that. */
    optOut: [];
    /** Withdraws `optOut`, and overrides the browser's Do Not Track and Global Privacy Control. */
    optIn: [];
    /** From now on the console has a line for every command, every hit and every answer; `?km_debug=1` does the same. */
    debug: [];
}
/** `['record', 'Signed Up', { plan: 'Pro' }]` */
type Command = {
    [Name in keyof Commands]: [name: Name, ...parameters: Commands[Name]];
}[keyof Commands];
/**
 * `_kmq`: an array until the tracker has loaded. Then `window._kmq` is a new array of length 0, and the old array can still
 * be used: a push into either runs at once.
 */
interface Queue {
    /** Commands, and functions to be run, in their order; before the tracker has loaded they wait. */
    push(...items: (Command | (() => unknown))[]): unknown;
    /** One command, its arguments side by side. */
    push<Name extends keyof Commands>(name: Name, ...parameters: Commands[Name]): unknown;
}
/**
 * The `KM` object of a page (docs/reference.md#1.3): every command as a method, and methods that return something. No method
 * ever throws.
 */
type KM = {
    [Name in Exclude<keyof Commands, 'ab'>]: (...parameters: Commands[Name]) => void;
} & {
    /** The variant that was chosen; null without a name or variants. */
    ab<Variant extends string>(test: string, variants: Variants<Variant>, callback?: (variant: Variant) => void): Variant;
    /** The id by which variants are chosen. */
    abi(): string;
    /** The current identity: the named one, else the anonymous one. */
    i(): string;
    /** The current identity, if there is one yet: unlike `i()` it makes none. Read-only: an assignment is ignored. */
    readonly _i: string | undefined;
    /**
     * The value stored under a short name: `ni` is the named id, `ai` the anonymous one (from the second `identify` on, the last
     * name); null if there is none.
     */
    gc(name: string): string | null;
    /** Parameters as a query, encoded as those of a hit: `p({ a: 'b c' })` is `a=b%20c`. Values that cannot be sent are left out. */
    p(parameters: object): string;
    /** The decoded parameters of a URL, by default the current one. Of several with one name, the last. */
    uprts(url?: string): {
        params: Record<string, string>;
    };
    /** Unix seconds, rounded. */
    ts(): number;
    /** The referrer: `KM_REFERRER` where the page sets it. A page may replace this function: hits contain what it returns. */
    rf(): string;
    /** The current URL. A page may replace this function: hits contain what it returns, as `Viewed URL` and `URL`. */
    u(): string;
    /** Whether a URL, by default the current one, fits a pattern such as `/products/*` (docs/reference.md#6.2). */
    um(pattern: string, url?: string): boolean;
    /** Whether a regular expression finds something in the current URL. */
    urm(regex: string | RegExp): boolean;
};

/** One rule of the Event Library (docs/reference.md#6.3): an event that its owner set up outside the page. */
interface LibraryRule {
    /** `url`: a pattern as in `KM.um`; `regex`: against the whole URL; `click`, `submit`: as in `trackClick`. */
    type: 'url' | 'regex' | 'click' | 'submit';
    match: string;
    event: string;
}
/**
 * The settings of a site, from `/KEY.js` or from `init`. A global of the page overrides the setting of the same name
 * (docs/reference.md#1.2). A switch is on if its value is truthy, as in the
 * original. A value of the wrong type counts as not set where a text or a list is expected, and so does an element of that id.
 */
interface SiteSettings {
    /** The domain of all cookies. Empty or unset: the widest that the browser accepts. */
    KM_COOKIE_DOMAIN?: string;
    /** Parameters of the page's URL are not read as an event, an identity and properties (`kme`, `kmi`, `km_NAME`). */
    KM_SKIP_URL?: unknown;
    /** False switches page views on. They are the only automatic event that is off by default. */
    KM_SKIP_PAGE_VIEW?: unknown;
    /** A new query by `history.replaceState` is also a page view. */
    KM_ROUTE_QUERY?: unknown;
    KM_SKIP_VISITED_SITE?: unknown;
    KM_SKIP_REFERRER?: unknown;
    KM_SKIP_SEARCH_ENGINE?: unknown;
    KM_SKIP_UTM?: unknown;
    KM_SKIP_RETURNING?: unknown;
    /** `trackSubmit` records the event without what was typed in. */
    KM_SKIP_FORM_FIELDS?: unknown;
    /** `trackSubmit` names an anonymous visitor by the form's user name or e-mail address. */
    KM_FORM_IDENTITY?: unknown;
    /** The parameters of the URL API are taken out of the address bar once they have been read. */
    KM_CLEAN_URL?: unknown;
    KM_LIBRARY?: LibraryRule[];
    /**
     * `denied`: nothing is stored (but the visitor's answer) or sent until the page calls `consent` with `granted`, or `optIn`. Any
     * other value than `granted`, such as `Granted`, false or null, counts as `denied`.
     */
    KM_CONSENT?: 'granted' | 'denied';
    /** Visitors whose browser sends Do Not Track are not tracked. */
    KM_DNT?: unknown;
    /** Visitors whose browser sends Global Privacy Control are not tracked. */
    KM_GPC?: unknown;
    /** Nothing but the visitor's choice is stored in the browser: each page load is a new visitor, unless the page names them. */
    KM_COOKIELESS?: unknown;
    /** The site's domains. A link from one to another, when it is clicked, gets an id of the visitor. */
    KM_DOMAINS?: string[];
}

/**
 * `import { init, record } from 'kmq'`: the tracker for applications that bundle it. Importing it does
 * nothing and needs no browser; before `init` commands wait in `_kmq`, as they do in a page.
 */

interface Options {
    /** The site's key. */
    key: string;
    /** URL of the collector, `https://stats.example.com` or `https://www.example.com/stats`. */
    collector: string;
    /** The collector is another implementation of the protocol: send nothing that it does not know. */
    plain?: boolean;
    /** Settings of the site. A global of the page overrides the setting of the same name. */
    settings?: SiteSettings;
}
/** Starts the tracker. Does nothing if a tracker already runs on the page, or if there is no browser. */
declare function init({ key, collector, plain, settings }: Options): void;
declare const record: Push<"record">;
declare const set: Push<"set">;
declare const identify: Push<"identify">;
declare const alias: Push<"alias">;
declare const clearIdentity: Push<"clearIdentity">;
declare const pageView: Push<"pageView">;
declare const trackClick: Push<"trackClick">;
declare const trackClickOnOutboundLink: Push<"trackClickOnOutboundLink">;
declare const trackSubmit: Push<"trackSubmit">;
declare const signedUp: Push<"signedUp">;
declare const upgraded: Push<"upgraded">;
declare const downgraded: Push<"downgraded">;
declare const billed: Push<"billed">;
declare const canceled: Push<"canceled">;
declare const consent: Push<"consent">;
declare const optOut: Push<"optOut">;
declare const optIn: Push<"optIn">;
declare const debug: Push<"debug">;
/** Calls back with the visitor's variant of a test as soon as the tracker runs; never if there is no browser. */
declare const ab: <Variant extends string>(test: string, variants: Variants<Variant>, callback?: (variant: Variant) => void) => void;
/** A command by its name, as `_kmq.push` takes it. */
type Push<Name extends keyof Commands> = (...parameters: Commands[Name]) => void;

export { ab, alias, billed, canceled, clearIdentity, consent, debug, downgraded, identify, init, optIn, optOut, pageView, record, set, signedUp, trackClick, trackClickOnOutboundLink, trackSubmit, upgraded };
export type { Callback, Command, Commands, EventName, EventProperties, Identity, KM, KmqEvents, LibraryRule, Options, Properties, PropertyValue, Queue, SiteSettings, Target, Variants };
