import type { Finding, note } from './finding.js';

/** The most seconds by which two clocks may differ. Certificates, logins and the times of hits depend on them. */
const MOST_APART_SECONDS = 60;

/**
 * Whether the clock of this machine agrees with another one.
 * @param ahead how many seconds this clock is ahead; NaN if not known
 * @param level of the finding if it does not
 */
export function examineClock(other: string, ahead: number, level: typeof note): Finding[] {
  const apart = Math.abs(ahead);
  if (!(apart > MOST_APART_SECONDS)) return [];
  const way = ahead > 0 ? 'ahead of' : 'behind';
  return [level('clock', `The clock of this machine is ${apart} seconds ${way} that of ${other}. Set both by NTP.`)];
}
