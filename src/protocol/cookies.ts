/** The tracker's cookies (docs/reference.md#4.1), which the collector renews and `kmq/node` reads. */

/** Five years: the life that a cookie gets, unless its own file says otherwise (docs/reference.md#4.1). Browsers may shorten it. */
export const COOKIE_DAYS = 1825;

/** How long the choice is kept. After that the visitor is asked again. */
export const CHOICE_COOKIE_DAYS = 365;

/** The visitor's anonymous id; from the second `identify` on, the name that was given last. */
export const ANONYMOUS_COOKIE = 'km_ai';

/** The name that a page gave with `identify`. */
export const NAMED_COOKIE = 'km_ni';

/** The id by which A/B tests choose a variant. It does not depend on who the visitor is. */
export const AB_COOKIE = 'km_abi';

/** The visitor's choice. Its name does not begin with `km_`: a refusal removes all those cookies, and must itself be remembered. */
export const CHOICE_COOKIE = 'kmq';
