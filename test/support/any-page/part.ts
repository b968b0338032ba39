/*
 * What pages do to the scripts in them: each part is a small piece of markup or script. Few parts are aimed at a tracker, but such
 * parts have broken trackers.
 */

/** What does not work in the tracker in a page with this part, so that no test can expect it; `visit`: the event `Visited Site`. */
export type Taken = 'cookies' | 'storage' | 'beacon' | 'fetch' | 'image' | 'visit';

/** Before the tracker's lines, between them and the bundle, or once the page has loaded. */
export const MOMENTS = ['before', 'between', 'after'] as const;
export type Moment = (typeof MOMENTS)[number];

export interface Part {
  name: string;
  /** Markup for the page; a script runs at its place. */
  markup?: string;
  code?: string;
  moments: readonly Moment[];
  takes: readonly Taken[];
}

interface Where {
  moments?: readonly Moment[];
  takes?: readonly Taken[];
}

export const EARLY = ['before', 'between'] as const;

export function scripts(
  group: string,
  codes: Record<string, string>,
  { moments = MOMENTS, takes = [] }: Where = {},
): Part[] {
  return Object.entries(codes).map(([name, code]) => ({ name: `${group}: ${name}`, code, moments, takes }));
}

export function elements(group: string, all: string[], { moments = EARLY, takes = [] }: Where = {}): Part[] {
  return all.map((markup) => ({ name: `${group}: ${markup}`, markup, moments, takes }));
}

/** Replaces a member of the browser's objects, on the object itself. */
export const put = (object: string, name: string, how: string): string =>
  `Object.defineProperty(${object}, '${name}', { configurable: true, ${how} });`;

export const THROWS = "get: function () { throw new DOMException('Not here', 'SecurityError'); }";
