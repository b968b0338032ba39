type Identity = string | number;

/** Who the visitor is: null where nobody is signed in, undefined while that is not known yet. */
type MaybeIdentity = Identity | null | undefined;

/** What the component `Kmq` of each framework takes. What is given when it is first mounted holds for the page. */
interface KmqProps {
    /** The site's key. */
    site: string;
    /** Address of the collector, `https://stats.example.com` or `https://www.example.com/stats`. */
    collector: string;
    /** `Page View` for the page and for each route; where it is not given, the site's setting `pageView` holds. */
    pageViews?: boolean | undefined;
    /** The nonce of the page's Content-Security-Policy, where its `script-src` does not name the collector. */
    nonce?: string | undefined;
}

/** Starts the tracker once the page is there. It renders nothing, so there is nothing that a server could render otherwise. */
declare function Kmq(props: KmqProps): null;
/** Names the visitor when the id changes, and signs them out when it goes. Call it in a component that stays. */
declare function useIdentify(id: MaybeIdentity): void;

export { Kmq, useIdentify };
export type { Identity, KmqProps, MaybeIdentity };
