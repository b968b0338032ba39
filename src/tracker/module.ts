/**
 * `import { init, record } from 'kmq'`: the tracker for applications that bundle it. Importing it does
 * nothing and needs no browser; before `init` commands wait in `_kmq`, as they do in a page.
 */
import { page, type SiteSettings } from './page/globals.js';
import { isRunning, start } from './start.js';
import type { Commands, Variants } from './types.js';

export type {
  Callback,
  Command,
  Commands,
  EventName,
  EventProperties,
  Identity,
  KM,
  KmqEvents,
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
  /** URL of the collector, `https://stats.example.com` or `https://www.example.com/stats`. */
  collector: string;
  /** The collector is another implementation of the protocol: send nothing that it does not know. */
  plain?: boolean;
  /** Settings of the site. A global of the page overrides the setting of the same name. */
  settings?: SiteSettings;
}

/** Starts the tracker. Does nothing if a tracker already runs on the page, or if there is no browser. */
export function init({ key, collector, plain, settings }: Options): void {
  if (typeof document == 'undefined' || isRunning()) return;
  page._kmk = key;
  page.KM_COLLECTOR = collector;
  if (plain) page.KM_PLAIN = plain;
  if (settings) page.KM_SITE = settings;
  start();
}

// Marked as pure, so that a bundler leaves out the commands that are not imported.
export const record = /*#__PURE__*/ command('record');
export const set = /*#__PURE__*/ command('set');
export const identify = /*#__PURE__*/ command('identify');
export const alias = /*#__PURE__*/ command('alias');
export const clearIdentity = /*#__PURE__*/ command('clearIdentity');
export const pageView = /*#__PURE__*/ command('pageView');
export const trackClick = /*#__PURE__*/ command('trackClick');
export const trackClickOnOutboundLink = /*#__PURE__*/ command('trackClickOnOutboundLink');
export const trackSubmit = /*#__PURE__*/ command('trackSubmit');
export const signedUp = /*#__PURE__*/ command('signedUp');
export const upgraded = /*#__PURE__*/ command('upgraded');
export const downgraded = /*#__PURE__*/ command('downgraded');
export const billed = /*#__PURE__*/ command('billed');
export const canceled = /*#__PURE__*/ command('canceled');
export const consent = /*#__PURE__*/ command('consent');
export const optOut = /*#__PURE__*/ command('optOut');
export const optIn = /*#__PURE__*/ command('optIn');
export const debug = /*#__PURE__*/ command('debug');

/** Calls back with the visitor's variant of a test as soon as the tracker runs; never if there is no browser. */
export const ab = /*#__PURE__*/ command('ab') as <Variant extends string>(
  test: string,
  variants: Variants<Variant>,
  callback?: (variant: Variant) => void,
) => void;

/** A command by its name, as `_kmq.push` takes it. */
type Push<Name extends keyof Commands> = (...parameters: Commands[Name]) => void;

function command<Name extends keyof Commands>(name: Name): Push<Name> {
  return (...parameters) => {
    if (typeof document == 'undefined') return;
    // An element with this id is no queue.
    if (!(page._kmq as unknown[] | undefined)?.push) page._kmq = [];
    (page._kmq as unknown[]).push([name, ...parameters]);
  };
}
