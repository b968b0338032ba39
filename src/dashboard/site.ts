const SCRIPT = new URL(import.meta.url).pathname;

/**
 * The path of the collector on its host; empty at the root. It is found by this script's address, which is in the folder
 * `dashboard` below that path.
 */
const BASE_PATH = SCRIPT.slice(0, SCRIPT.lastIndexOf('/dashboard/'));

/** The address of a file beside this script. */
export const beside = (file: string): string => new URL(file, import.meta.url).pathname;

/** The URL of the collector, for snippets and clients. */
export const COLLECTOR = location.origin + BASE_PATH;

/** The name of an entry of `localStorage`. Collectors below several paths of a host share that storage. */
export const entryName = (name: string): string => name + BASE_PATH;

const REMEMBERED = entryName('kmq-dashboard-key');

/** Whether the address that was opened names its site. */
export const isSiteNamed = Boolean(new URLSearchParams(location.search).get('key'));

/** The key in the address, else the last one of this browser, else `demo`. It stays the same, whatever other tabs open. */
const key = rememberedKey();

/** The key of the site that the page shows. */
export const currentKey = (): string => key;

function rememberedKey(): string {
  const named = new URLSearchParams(location.search).get('key');
  try {
    if (named) localStorage.setItem(REMEMBERED, named);
    return named || localStorage.getItem(REMEMBERED) || 'demo';
  } catch {
    // The browser stores nothing for this page, so the key must be in each address.
    return named || 'demo';
  }
}

/** Adds the key to an address without one, so that it leads to the same site when it is opened again, or by somebody else. */
export function nameSite(): void {
  const parameters = new URLSearchParams(location.search);
  if (parameters.get('key')) return;
  parameters.delete('key');
  const search = new URLSearchParams([['key', key], ...parameters]).toString();
  history.replaceState(history.state, '', `${location.pathname}?${search}${location.hash}`);
}

/** The address of a path of the collector, without the parameter for a site. */
export const below = (path: string): string => BASE_PATH + path;

/** The address of a page or of the read API, for the current site. */
export function address(path: string, parameters: Record<string, string> = {}): string {
  return `${below(path)}?${new URLSearchParams({ key: currentKey(), ...parameters }).toString()}`;
}
