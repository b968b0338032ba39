import { ALL_NAMES, CUSTOMER_ID, type Name, type NamesAnswer } from '../protocol/reports.js';
import { askEarly, useReport, type Asked } from './ask.js';
import { isAutomatic } from './automatic.js';
import type { Choice } from './components/name-field.js';
import { number } from './format.js';

/** The events and properties that a site has sent. */

/** Asks for the names before the page is rendered. */
export const askForNames = (): void => askEarly('names', ALL_NAMES);

export const useNames = (): Asked<NamesAnswer> => useReport('names', ALL_NAMES);

/** The choices of a field for events: the site's own events first, each with its number of people. */
export function eventChoices(names: NamesAnswer | undefined): Choice[] {
  const { events = [] } = names ?? {};
  const own = events.filter(({ name }) => !isAutomatic(name));
  return [...own, ...events.filter(({ name }) => isAutomatic(name))].map(choice);
}

/** The choices of a field for properties, with `Customer ID`; none before the answer has arrived. */
export const propertyChoices = (names: NamesAnswer | undefined): Choice[] =>
  names ? [...names.properties.map(choice), { name: CUSTOMER_ID, note: 'identities' }] : [];

const choice = ({ name, people }: Name): Choice => ({
  name,
  note: `${number(people)} ${people === 1 ? 'person' : 'people'}`,
});
