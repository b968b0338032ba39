import { dateFormat } from './intl.js';

/** The time zone of the site, in which reports count days. */
let zone = 'UTC';

export function setTimeZone(timeZone: string): void {
  zone = timeZone;
}

export const timeZone = (): string => zone;

/** Whether the browser knows a time zone. */
export function isTimeZone(name: string): boolean {
  try {
    return Boolean(dateFormat({ timeZone: name }));
  } catch {
    return false;
  }
}
