import type { Finding, note } from './finding.js';

/** Certificates and logins depend on the time, and so do the times of hits. */
const MOST_APART_SECONDS = 60;

/**
 * Whether the clock of this machine goes with another one.
 * @param ahead seconds that this one is ahead; NaN where nobody knows
 * @param level of what is found
 */
export function examineClock(other: string, ahead: number, level: typeof note): Finding[] {
  const apart = Math.abs(ahead);
  if (!(apart > MOST_APART_SECONDS)) return [];
  const way = ahead > 0 ? 'ahead of' : 'behind';
  return [level('clock', `The clock of this machine is ${apart} seconds ${way} that of ${other}. Set both by NTP.`)];
}
