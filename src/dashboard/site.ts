import { isAnonymous } from '../protocol/anonymous.js';
import type { Person } from '../protocol/api.js';
import { setClock } from './clock.js';

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

const REMEMBERED = 'kmq-dashboard-key';

/** Whether the address that was opened names its site. */
export const isSiteNamed = Boolean(new URLSearchParams(location.search).get('key'));

/** The key of the page's site: the one in the address, else the last one. It stays the same, whatever other tabs open meanwhile. */
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

/** Requests that were sent before the page needed their answers, by address. */
const early = new Map<string, Promise<Response>>();

/** Sends a request whose answer the page will need. The first call of `reach` for this address returns the answer. */
export function sendEarly(url: string): void {
  const sent = fetch(url);
  // The caller of `reach` gets the error.
  sent.catch(() => {});
  early.set(url, sent);
}

/**
 * Sends a request to the collector. If the reader is not logged in, the login page is opened. If the request is forbidden, that is
 * shown at the top of the page. In both cases the promise never resolves, since there is nothing to show.
 */
export async function reach(url: string, init?: RequestInit): Promise<Response> {
  const sent = early.get(url);
  early.delete(url);
  const response = await (sent ?? fetch(url, init));
  // A proxy that does not reach the collector answers with the time of its own machine.
  if (response.ok) setClock(response.headers.get('date'));
  if (response.status === 401) {
    location.assign(`${below('/login')}?next=${encodeURIComponent(location.pathname + location.search)}`);
    return new Promise(() => {});
  }
  if (response.status === 403) {
    sayForbidden(await errorOf(response));
    return new Promise(() => {});
  }
  return response;
}

/** Shows why requests are forbidden; undefined if they no longer are. The message is shown once, however many requests are refused. */
export function sayForbidden(why: string | undefined): void {
  document.querySelector('main > [role=alert].forbidden')?.remove();
  if (why === undefined) return;
  const said = { className: 'fault forbidden', role: 'alert', textContent: why };
  document.querySelector('main')!.prepend(Object.assign(document.createElement('p'), said));
}

/** What an answer says is wrong. A proxy says nothing that is for the reader. */
async function errorOf(response: Response): Promise<string> {
  const answer = (await response.json().catch(() => null)) as { error?: unknown } | null;
  const error = answer?.error;
  return typeof error === 'string' && error !== '' ? error : FORBIDDEN;
}

const FORBIDDEN = 'The collector, or a proxy in front of it, does not allow this (403).';

export const UNREACHABLE = 'The collector cannot be reached.';

const unreachable = (): never => {
  throw new Error(UNREACHABLE);
};

/**
 * The JSON of an answer. Anything else does not come from the collector, but from a proxy that does not reach it.
 * @throws Error with the message UNREACHABLE
 */
export const jsonOf = <Answer>(response: Response): Promise<Answer> =>
  response.json().catch(unreachable) as Promise<Answer>;

/** @throws Error with a message for the reader, unless the answer is a 404 of the collector: then undefined */
export async function read<Answer>(url: string): Promise<Answer | undefined> {
  const response = await reach(url).catch(unreachable);
  const answer = await jsonOf<Answer & { error?: string }>(response);
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(answer.error ?? UNREACHABLE);
  return answer;
}

/** The identity that is shown as a person's name: the latest one that is not a random id. */
export function displayName({ identities, customerIds }: Pick<Person, 'identities' | 'customerIds'>): string {
  const chosen = [...identities, ...customerIds].filter((identity) => !isAnonymous(identity));
  return chosen.at(-1) ?? identities[0] ?? '';
}
