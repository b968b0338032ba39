/**
 * The paths and parameters of the tracking API (docs/reference.md#3 and docs/reference.md#8.1). Browsers, server-side
 * clients and the collector all take them from here.
 */

/** `/e` records an event, `/s` sets properties, `/a` ties two identities together. */
export type Path = '/e' | '/s' | '/a';

/**
 * Several hits in one POST request, kmq's own addition. Each line of the body is the URL of a hit
 * (`/e?_k=…`). Either all of them are acknowledged or none.
 */
export const BATCH = '/b';

export const KEY = '_k';
export const PERSON = '_p';
/** Name of the event; in an alias, the other identity. */
export const NAME = '_n';
/** Unix seconds by the sender's clock. It is the time of the hit only together with `_d=1`. */
export const TIME = '_t';
export const DATED = '_d';
/**
 * Hit id, kmq's own addition: 1 to 64 characters that stay the same however often one hit is sent.
 * A sender whose collector is another implementation of the protocol leaves it out.
 */
export const HIT_ID = '_i';
/**
 * Age, kmq's own addition: the seconds from the push of a hit to this attempt to send it. The collector subtracts
 * it from its own clock, so that the time does not depend on the sender's clock. Left out if it rounds to 0.
 */
export const AGE = '_a';
