/** The tracker's cookies (docs/reference.md#4.1), which the collector renews and `kmq/node` reads. */

/** How long all of them live, but for the choice (docs/reference.md#4.1): five years. */
export const COOKIE_DAYS = 1825;

/** How long the choice is kept. After that the visitor is asked again. */
export const CHOICE_COOKIE_DAYS = 365;

/** The id from before the visitor was named; a name, where one has taken its place. */
export const ANONYMOUS_COOKIE = 'km_ai';

/** The name that a page gave with `identify`. */
export const NAMED_COOKIE = 'km_ni';

/** The id that A/B tests go by, apart from who the visitor is. */
export const AB_COOKIE = 'km_abi';

/** What the visitor has answered. Not `km_`: a refusal removes every such cookie, and has to be remembered itself. */
export const CHOICE_COOKIE = 'kmq';
