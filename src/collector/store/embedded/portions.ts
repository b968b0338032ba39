/** How much one step of each background task does. Only tests set these. */
export interface Portions {
  /** How many hits are filed together by identity. */
  hitsOfARound?: number;
  /** How many hits a commit files, in addition to twice the number that it stores. */
  filedPerCommit?: number;
  /** How many identities each of the two generations in memory has. */
  identitiesRemembered?: number;
  /** How many hits a step of an upgrade copies, or stores again. */
  hitsPerStep?: number;
  /** How many free pages a step of an upgrade fills with zeros. */
  pagesPerStep?: number;
}
