const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'medium' });
const calendar = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
});
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

const STEPS: [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** The time of day of Unix seconds, in the reader's zone. */
export const timeOfDay = (seconds: number): string => clock.format(seconds * 1000);

/** The day of Unix seconds, in the reader's zone. */
export const day = (seconds: number): string => calendar.format(seconds * 1000);

export const dateAndTime = (seconds: number): string => full.format(seconds * 1000);

/** “3 minutes ago”, as of now. */
export function ago(seconds: number): string {
  const past = seconds - Date.now() / 1000;
  const step = STEPS.find(([, size]) => Math.abs(past) >= size);
  return step ? relative.format(Math.trunc(past / step[1]), step[0]) : 'just now';
}
