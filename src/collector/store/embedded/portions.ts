/** How much one step of each background task does. Only tests set these. */
export interface Portions {
  /** Hits that are filed together by identity. */
  hitsOfARound?: number;
  /** Hits that a commit files, besides twice as many as it stores. */
  filedPerCommit?: number;
  /** Identities that are remembered, twice over. */
  identitiesRemembered?: number;
  /** Hits that a step of an upgrade copies, or stores again. */
  hitsPerStep?: number;
  /** Free pages that a step of an upgrade fills with zeros. */
  pagesPerStep?: number;
}
