import { useMemo } from 'preact/hooks';
import { ALL_NAMES, CUSTOMER_ID, type Name, type NamesAnswer } from '../protocol/reports.js';
import { askEarly, useReport, type Asked } from './ask.js';
import { isAutomatic } from '../protocol/automatic.js';
import type { Choice } from './components/name-field.js';
import { setFirstDay } from './compared-days.js';
import { today } from './days.js';
import { number } from './format.js';
import { timeZone } from './time-zone.js';

/** The events and properties that a site has sent. */

/** Asks for the names before the page is rendered. */
export const askForNames = (): void => askEarly('names', ALL_NAMES);

/** Asks for the names; they also say which the first day of the site is. @param isAsked whether to ask */
export function useNames(isAsked = true): Asked<NamesAnswer> {
  const asked = useReport('names', isAsked ? ALL_NAMES : undefined);
  // While this page is drawn, so that its parts agree on the days that are compared.
  useMemo(() => asked.answer && rememberFirstDay(asked.answer), [asked.answer]);
  return asked;
}

function rememberFirstDay({ events, properties, moreEvents }: NamesAnswer): void {
  const times = [...events, ...properties].map(({ first }) => first);
  // The first hit may be of an event that is not listed.
  if (times.length && !moreEvents) setFirstDay(today(timeZone(), Math.min(...times) * 1000));
}

/** The choices of a field for events: the site's own events first, each with its number of people. */
export function eventChoices(names: NamesAnswer | undefined): Choice[] {
  const { events = [] } = names ?? {};
  const own = events.filter(({ name }) => !isAutomatic(name));
  return [...own, ...events.filter(({ name }) => isAutomatic(name))].map(choice);
}

/** The choices of a field for properties, with `Customer ID`; none before the answer has arrived. */
export const propertyChoices = (names: NamesAnswer | undefined): Choice[] =>
  names ? [...names.properties.map(choice), { name: CUSTOMER_ID, note: 'identities' }] : [];

/** A choice with the number of people who have it. */
export const choice = ({ name, people }: Pick<Name, 'name' | 'people'>): Choice => ({
  name,
  note: `${number(people)} ${people === 1 ? 'person' : 'people'}`,
});
