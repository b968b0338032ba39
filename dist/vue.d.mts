type Identity = string | number;

/** Who the visitor is: null if nobody is signed in, undefined while that is not known yet. */
type MaybeIdentity = Identity | null | undefined;

/**
 * The props of the component `Kmq` in each framework. It reads them when it is mounted, in React as soon as both `site` and
 * `collector` are given. Later changes have no effect.
 */
interface KmqProps {
    /** The site's key. */
    site: string;
    /** URL of the collector, `https://stats.example.com` or `https://www.example.com/stats`. */
    collector: string;
    /** Whether to record `Page View` for the page and for each route. The default is the site's setting `pageView`. */
    pageViews?: boolean | undefined;
    /** The nonce of the page's Content-Security-Policy, if its `script-src` does not name the collector. */
    nonce?: string | undefined;
}

/** Starts the tracker. It renders nothing. */
declare const Kmq: new () => {
    $props: KmqProps;
};
/**
 * Names the visitor when the id changes, and signs them out when it becomes null or undefined. Call it in the `setup` of a
 * component that stays mounted.
 * @param id a ref or a getter; a plain value never changes
 */
declare function useIdentify(id: MaybeIdentity | {
    readonly value: MaybeIdentity;
} | (() => MaybeIdentity)): void;

export { Kmq, useIdentify };
export type { Identity, KmqProps, MaybeIdentity };
