/** The progress of an upgrade. */
export interface UpgradeState {
  step: 'index' | 'overwrite' | 'release' | 'texts';
  /** The last hit that the older version has stored. */
  upto: number;
  /** The identity, and below its `_t`, up to which the index was copied. */
  identity: number;
  sent: number;
  /** The last hit that was stored again. */
  hit: number;
}
