import { readable } from './addresses.js';

/** Letters that are written from right to left, and characters that change the direction of text. */
const DIRECTED =
  /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufefc]|[\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Characters that begin and end an isolated text. In Chromium the character at the end also ends a `<bdi>`. */
const ISOLATES = /[\u2066-\u2069]/g;

/** A text without these characters, which have no width. */
export const withoutIsolates = (text: string): string => text.replace(ISOLATES, '');

/** A text of which nothing can be seen. */
const BLANK = /^[\s\p{Cc}\p{Cf}\p{Z}\u115f\u1160\u2800\u3164]*$/u;

export const isBlank = (text: string): boolean => BLANK.test(text);

/** Text from outside for an element that isolates it: “(empty)” or “(blank)” if nothing of it can be seen; addresses readable. */
export const shown = (text: string): string =>
  text === '' ? '(empty)' : isBlank(text) ? '(blank)' : withoutIsolates(readable(text));

const CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text from outside for a place without markup, such as a title: its direction must not change the direction of the text beside it.
 * In markup `<Text>` does this.
 */
export const isolated = (text: string): string =>
  DIRECTED.test(text) ? `\u2068${text.replace(CONTROLS, '')}\u2069` : text;
