/** How long a hit belongs to whoever has sent it: longer than an answer may take. */
export const LEASE_MS = 20_000;

/** The end of a lease that nobody has. */
export const FREE_MS = 0;

/**
 * Whether a hit may be sent by whoever finds it, by the end of its lease in Unix milliseconds. One that ends later than
 * any lease given now is of a clock that has been set back.
 */
export function isFree({ leasedUntilMs }: { leasedUntilMs: number }): boolean {
  const leftMs = leasedUntilMs - Date.now();
  return !(leftMs > 0 && leftMs <= LEASE_MS);
}
