import { CHOICE_COOKIE, CHOICE_COOKIE_DAYS } from '../../protocol/cookies.js';
import { read, save } from './kept.js';
import { permissionFor, storageFor } from './rule.js';

/** `in` and `out` are the visitor's own decision (`optIn`, `optOut`); the others come from the page (`consent`). */
export type Choice = 'in' | 'out' | 'granted' | 'denied';

/** The choice made on this page, for browsers that store nothing. */
let chosen: string | undefined;

export function choice(): string | undefined {
  return read(CHOICE_COOKIE) || chosen;
}

export function choose(choice: Choice): void {
  chosen = choice;
  save(CHOICE_COOKIE, choice, CHOICE_COOKIE_DAYS);
}

/** Whether the visitor may be tracked; undefined until they have answered. */
export const permission = (): boolean | undefined => permissionFor(choice());

/** Whether values may be written into the browser; undefined until the visitor has answered. */
export const mayStore = (): boolean | undefined => storageFor(choice());
