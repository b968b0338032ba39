import type { Page } from 'playwright-core';
import { siteOf } from './report-site.js';

// What tests of the pages by keyboard share.

const DAY = 86_400;
const now = Math.floor(Date.now() / 1000);
export const event = (person: string, name: string, days: number) => ({ person, event: name, time: now - days * DAY });

/** Three people who came, of whom two signed up. */
export const site = () =>
  siteOf([
    ...['ann', 'bob', 'kim'].map((person) => event(person, 'Visited Site', 3)),
    ...['ann', 'bob'].map((person) => event(person, 'Signed Up', 2)),
  ]);

/** The text of the element with the focus. */
export const focused = (page: Page) => page.evaluate<string>('document.activeElement.textContent');
