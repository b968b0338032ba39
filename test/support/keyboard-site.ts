import type { Page } from 'playwright-core';
import { sharedSite, siteOf } from './report-site.js';

// What tests of the pages by keyboard share.

const DAY = 86_400;
const now = Math.floor(Date.now() / 1000);
export const event = (person: string, name: string, days: number) => ({ person, event: name, time: now - days * DAY });

/** Three people who came, of whom two signed up. */
const EVENTS = [
  ...['ann', 'bob', 'kim'].map((person) => event(person, 'Visited Site', 3)),
  ...['ann', 'bob'].map((person) => event(person, 'Signed Up', 2)),
];

/** A site with them, for the tests of a file that send nothing; call it at the top. */
export const sharedKeyboardSite = () => sharedSite(EVENTS);

/** The same, for a test that sends hits. */
export const ownSite = () => siteOf(EVENTS);

/** The text of the element with the focus. */
export const focused = (page: Page) => page.evaluate<string>('document.activeElement.textContent');
