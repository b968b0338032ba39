/** The most hits that one person is assembled from, the latest first. */
export const HITS_OF_A_PERSON = 100_000;

/** Refusals kept; the oldest go first, so that a flood of nonsense fills no disk. */
export const MOST_REFUSALS = 10_000;
