/** How far an upgrade is. */
export interface UpgradeState {
  step: 'index' | 'overwrite' | 'release' | 'texts';
  /** The last hit that a version before has stored. */
  upto: number;
  /** Up to which identity, and which `_t` of it, the index was copied. */
  identity: number;
  sent: number;
  /** Up to which hit the hits were stored again. */
  hit: number;
}
