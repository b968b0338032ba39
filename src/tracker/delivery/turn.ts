/** How long to wait while another tab is looking. */
const TURN_PAUSE_MS = 1000;

/**
 * Of several tabs one at a time looks for what waits (https://w3c.github.io/web-locks/). No lock is held longer than that:
 * one that is would keep a page out of the back-forward cache. Where there are no locks, as in pages that are not secure,
 * or no answer comes, this one looks all the same: leases keep two tabs from sending the same.
 * @param name of the lock
 * @param later called instead of `look`, with the milliseconds after which to try again
 */
export function inTurn(name: string, look: () => void, later: (pauseMs: number) => void): void {
  const unanswered = setTimeout(look, TURN_PAUSE_MS);
  const answered = (lock: unknown): void => {
    clearTimeout(unanswered);
    if (lock) look();
    else later(TURN_PAUSE_MS);
  };
  try {
    navigator.locks.request(name, { ifAvailable: true }, answered).catch(answered);
  } catch (error) {
    answered(error);
  }
}
