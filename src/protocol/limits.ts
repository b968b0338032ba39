/** Event names, property names and identities, in Unicode code points (docs/reference.md#8.2 and docs/reference.md#8.5). */
export const NAME_CHARACTERS = 255;

/** One property value, in bytes of UTF-8 (docs/reference.md#8.2). */
export const VALUE_BYTES = 8192;

/** The most properties of one hit; further ones are left out. More usually means that data was put into names. */
export const PROPERTIES = 1000;

/**
 * The most parameters of one request that are read as properties, repeats among them. After them only
 * fields are read, so that half a million other parameters delay nobody.
 */
export const PARAMETERS = 20_000;

/**
 * The properties of a stored hit, in bytes of JSON, where a control character is six. A request of ordinary text
 * fits. A larger hit would be read, shown and exported at its size again and again.
 */
export const HIT_BYTES = 1024 * 1024;

export const HIT_ID_CHARACTERS = 64;

/**
 * Identities of one person. An alias that would exceed it is refused: an identity that a page gives to every visitor
 * would make one person of all of them, for good.
 */
export const IDENTITIES_OF_A_PERSON = 10_000;

/** 2009-01-01T00:00:00Z in Unix seconds; nothing older is stored (docs/reference.md#8.3). */
export const EARLIEST_TIME = 1_230_768_000;

/**
 * How far ahead of the collector's clock a dated hit may lie, in seconds. The reference is silent about
 * the future; a day forgives every clock set to the wrong time zone.
 */
export const SECONDS_AHEAD = 86_400;

/** How old a hit may say it is, in seconds: a larger age means that the sender's clock was changed meanwhile. */
export const MOST_AGE = 90 * 86_400;

/** The latest occurrences that are read back per event and per property of a person (docs/reference.md#8.2). */
export const OCCURRENCES = 1000;

/** One request, in bytes: its address, and again its body. What is longer is refused whole, never cut. */
export const REQUEST_BYTES = 1024 * 1024;

/** The most hits in one batch, so that a megabyte of empty lines delays nobody. */
export const BATCH_HITS = 2000;

/** How much of a refused request is kept, and shown to the site's owner, in UTF-16 code units. */
export const REFUSAL_CHARACTERS = 2048;
