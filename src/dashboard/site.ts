import type { Person } from '../protocol/api.js';

/** Where the collector is on its host, empty at the root: this script lies in `dashboard` there, whoever has put it there. */
const BASE_PATH = new URL('..', import.meta.url).pathname.slice(0, -1);

/** The address of the collector, as pages, trackers and servers are told it. */
export const COLLECTOR = location.origin + BASE_PATH;

const REMEMBERED = 'kmq-dashboard-key';

/** The site that is looked at: the address names it, else the one that was looked at last. */
export function currentKey(): string {
  const named = new URLSearchParams(location.search).get('key');
  try {
    if (named) localStorage.setItem(REMEMBERED, named);
    return named ?? localStorage.getItem(REMEMBERED) ?? 'demo';
  } catch {
    // A browser that stores nothing for this page: the address has to say it each time.
    return named ?? 'demo';
  }
}

/** Address of the person behind an identity. */
export const personAddress = (identity: string): string => address('/person', { id: identity });

/** Address of something of the collector's that is no site's. */
export const below = (path: string): string => BASE_PATH + path;

/** Address of a page, or of the read API, for the current site. */
export function address(path: string, parameters: Record<string, string> = {}): string {
  return `${below(path)}?${new URLSearchParams({ key: currentKey(), ...parameters }).toString()}`;
}

/**
 * Asks the collector. Who is not, or no longer, logged in comes to the login; an answer that nobody may read here stands at the top of
 * the page. Who waits for either waits for ever: the browser leaves, or there is nothing to be shown.
 */
export async function reach(url: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (response.status === 401) {
    location.assign(`${below('/login')}?next=${encodeURIComponent(location.pathname + location.search)}`);
    return new Promise(() => {});
  }
  if (response.status === 403) {
    const { error = '' } = (await response.json()) as { error?: string };
    // It stands there once, however many are refused.
    document.querySelector('main > [role=alert]')?.remove();
    const said = Object.assign(document.createElement('p'), { className: 'fault', role: 'alert', textContent: error });
    document.querySelector('main')!.prepend(said);
    return new Promise(() => {});
  }
  return response;
}

/** @throws Error with what the collector said, unless the answer is a 404: then undefined */
export async function read<Answer>(url: string): Promise<Answer | undefined> {
  const response = await reach(url);
  if (response.status === 404) return undefined;
  const answer = (await response.json()) as Answer & { error?: string };
  if (!response.ok) throw new Error(answer.error ?? response.statusText);
  return answer;
}

/** True for the ids that the tracker makes up, which say nothing to a reader. */
export const isAnonymous = (identity: string): boolean => /^[\w-]{21}$/.test(identity);

/** The identity by which to call a person: the latest that somebody chose. */
export function displayName({ identities, customerIds }: Pick<Person, 'identities' | 'customerIds'>): string {
  const chosen = [...identities, ...customerIds].filter((identity) => !isAnonymous(identity));
  return chosen.at(-1) ?? identities[0] ?? '';
}
