/** The most hits that one person is assembled from, the latest first. */
export const HITS_OF_A_PERSON = 100_000;

/** The most bytes of stored properties that one person is assembled from. Of hits with a megabyte each, that is only a few. */
export const PROPERTIES_OF_A_PERSON_BYTES = 16 * 1024 * 1024;

/** The most identities that a search lists of one person, the latest. */
export const IDENTITIES_OF_A_RESULT = 100;

/** The most that Live shows of one hit: a number of properties, and a size of their JSON. */
export const PROPERTIES_IN_LIVE = 100;
export const PROPERTIES_IN_LIVE_CHARACTERS = 16 * 1024;

/** So much of a hit's stored properties is read for Live. With short values that is far more than Live shows. */
export const READ_FOR_LIVE_CHARACTERS = 64 * 1024;

/** The most that Live sends at once, in characters of JSON; what does not fit is only counted. */
export const LIVE_PAGE_CHARACTERS = 1024 * 1024;

/** The most hits that Live leaves out and counts; if there are more, it says so. */
export const SKIPPED_IN_LIVE = 100_000;

/**
 * How many refusals are kept: the latest. Older ones are removed, so that a flood of them cannot fill the disk. ClickHouse rewrites
 * data to remove anything, so there they are removed only when there are twice as many.
 */
export const MOST_REFUSALS = 10_000;
