import { printable } from './printable.js';

/** How many sites are named. Of the others, only the number is told. */
const MOST_TOLD = 10;

/** The sentence for a site without hits. @param keys of the sites that the store has */
export function noSite(key: string, keys: readonly string[]): string {
  return `The store has no hits of a site “${key}”. ${sitesOf(keys)}`;
}

/** The sites of a store, as a sentence that follows one about the store. Anybody can send any key, so keys are made printable. */
export function sitesOf(keys: readonly string[]): string {
  if (!keys.length) return 'It has no hits yet.';
  const others = keys.length - MOST_TOLD;
  return `Its sites: ${keys.slice(0, MOST_TOLD).map(printable).join(', ')}${others > 0 ? `, and ${others} others` : ''}.`;
}
