/**
 * `import { init, record } from 'kmq'`: the tracker for applications that bundle it. Importing it does
 * nothing and needs no browser; before `init` commands wait in `_kmq`, as they do in a page.
 */
import { page, type SiteSettings } from './page/globals.js';
import { start } from './start.js';
import type { Commands, Variants } from './types.js';

export type {
  Callback,
  Command,
  Commands,
  Identity,
  KM,
  Properties,
  PropertyValue,
  Queue,
  Target,
  Variants,
} from './types.js';
export type { LibraryRule, SiteSettings } from './page/globals.js';

export interface Options {
  /** The site's key. */
  key: string;
  /** Origin of the collector, `https://stats.example.com`. */
  collector: string;
  /** The collector is another implementation of the specification: send nothing that it does not know. */
  plain?: boolean;
  /** Settings of the site; globals of the page win over them. */
  settings?: SiteSettings;
}

/** Starts the tracker; called again, or where there is no browser, it does nothing. */
export function init({ key, collector, plain, settings }: Options): void {
  if (typeof window == 'undefined') return;
  page._kmk = key;
  page.KM_COLLECTOR = collector;
  if (plain) page.KM_PLAIN = plain;
  if (settings) page.KM_SITE = settings;
  start();
}

export const record = command('record');
export const set = command('set');
export const identify = command('identify');
export const alias = command('alias');
export const clearIdentity = command('clearIdentity');
export const pageView = command('pageView');
export const trackClick = command('trackClick');
export const trackClickOnOutboundLink = command('trackClickOnOutboundLink');
export const trackSubmit = command('trackSubmit');
export const signedUp = command('signedUp');
export const upgraded = command('upgraded');
export const downgraded = command('downgraded');
export const billed = command('billed');
export const canceled = command('canceled');
export const consent = command('consent');
export const optOut = command('optOut');
export const optIn = command('optIn');
export const debug = command('debug');

/** The visitor's variant of a test, as soon as the tracker is there; never where there is no browser. */
export const ab = command('ab') as <Variant extends string>(
  test: string,
  variants: Variants<Variant>,
  callback?: (variant: Variant) => void,
) => void;

function command<Name extends keyof Commands>(name: Name): (...parameters: Commands[Name]) => void {
  return (...parameters) => {
    if (typeof window == 'undefined') return;
    const queue = (page._kmq ||= []) as { push(command: unknown[]): void };
    queue.push([name, ...parameters]);
  };
}
