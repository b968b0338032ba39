import type { Page } from 'playwright-core';
import { sharedSite, siteOf } from './report-site.js';

// What tests of the pages by keyboard share.

const DAY = 86_400;
/** The clock is read for each event: this module stays loaded for all files that a process runs, perhaps until the next day. */
export const event = (person: string, name: string, days: number) => ({
  ...{ person, event: name },
  time: Math.floor(Date.now() / 1000) - days * DAY,
});

/** Three people who came, of whom two signed up. */
const events = () => [
  ...['ann', 'bob', 'kim'].map((person) => event(person, 'Visited Site', 3)),
  ...['ann', 'bob'].map((person) => event(person, 'Signed Up', 2)),
];

/** A site with them, for the tests of a file that send nothing; call it at the top. */
export const sharedKeyboardSite = () => sharedSite(events());

/** The same, for a test that sends hits. */
export const ownSite = () => siteOf(events());

/** The text of the element with the focus. */
export const focused = (page: Page) => page.evaluate<string>('document.activeElement.textContent');
