/** Event names, property names and identities, in Unicode code points (docs/reference.md#8.2 and docs/reference.md#8.5). */
export const NAME_CHARACTERS = 255;

/** One property value, in bytes of UTF-8 (docs/reference.md#8.2). */
export const VALUE_BYTES = 8192;

/** The most properties of one hit; further ones are left out. A hit with more has usually put data into names. */
export const PROPERTIES = 1000;

/**
 * The most parameters of one request that are read, repeats included. After them only
 * fields are read, so that a request of half a million parameters does not delay others.
 */
export const PARAMETERS = 20_000;

/**
 * The most bytes of a stored hit's properties as JSON, where most control characters take six. Nearly any request of ordinary
 * text fits. A larger hit would cost its size each time it is read, shown or exported.
 */
export const HIT_BYTES = 1024 * 1024;

export const HIT_ID_CHARACTERS = 64;

/**
 * The most identities of one person. An alias that would exceed it is refused: an identity that a page gives to every visitor
 * would make one person of all visitors, for good.
 */
export const IDENTITIES_OF_A_PERSON = 10_000;

/** 2009-01-01T00:00:00Z in Unix seconds; nothing older is stored (docs/reference.md#8.3). */
export const EARLIEST_TIME = 1_230_768_000;

/**
 * How far ahead of the collector's clock a dated hit may lie, in seconds. The reference says nothing about
 * the future. A day is enough for a clock that is set to the wrong time zone.
 */
export const SECONDS_AHEAD = 86_400;

/** The largest age that a hit may have, in seconds. With a larger one the sender's clock was probably changed. */
export const MOST_AGE = 90 * 86_400;

/** Of a person, so many of the latest occurrences of each event and each property are read (docs/reference.md#8.2). */
export const OCCURRENCES = 1000;

/** The most bytes of a request's head (URL and headers), and of its body. A longer one is refused, never cut. */
export const REQUEST_BYTES = 1024 * 1024;

/** The most hits in one batch, so that a megabyte of empty lines does not delay other requests. */
export const BATCH_HITS = 2000;

/** So many UTF-16 code units of a refused request are kept, and shown to the site's owner. */
export const REFUSAL_CHARACTERS = 2048;
