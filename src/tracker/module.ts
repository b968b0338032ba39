/**
 * `import { init, record } from 'kmq'`: the tracker for applications that bundle it. Importing it does
 * nothing and needs no browser; before `init` commands wait in `_kmq`, as they do in a page.
 */
import type { KM, PropertyInput } from './types.js';
import { page } from './page/globals.js';
import { start } from './start.js';

export type { KM, PropertyInput };

export interface Options {
  /** The site's key. */
  key: string;
  /** Origin of the collector, `https://stats.example.com`. */
  collector: string;
  /** Exact cookie domain; left out: the widest that the browser accepts. */
  cookieDomain?: string;
  /** The collector is another implementation of the specification: send nothing that it does not know. */
  plain?: boolean;
}

/** Starts the tracker; called again, or where there is no browser, it does nothing. */
export function init({ key, collector, cookieDomain, plain }: Options): void {
  if (typeof window == 'undefined') return;
  const globals = page;
  globals._kmk = key;
  globals.KM_COLLECTOR = collector;
  if (cookieDomain) globals.KM_COOKIE_DOMAIN = cookieDomain;
  if (plain) globals.KM_PLAIN = plain;
  start();
}

export const record = command('record') as KM['record'];
export const set = command('set') as KM['set'];
export const identify = command('identify') as KM['identify'];
export const alias = command('alias') as KM['alias'];
export const clearIdentity = command('clearIdentity') as KM['clearIdentity'];

function command(name: string): unknown {
  return (...parameters: unknown[]): void => {
    if (typeof window == 'undefined') return;
    const globals = page;
    ((globals._kmq ||= []) as unknown[]).push([name, ...parameters]);
  };
}
