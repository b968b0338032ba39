/** Unix seconds by this machine's clock. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}
