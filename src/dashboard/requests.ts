import { setClock } from './clock.js';
import { below } from './site.js';

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

/** The message of an answer with 403. The answer of a proxy has none for the reader. */
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
