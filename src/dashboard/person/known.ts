import { useLayoutEffect, useState } from 'preact/hooks';
import type { Person } from '../../protocol/api.js';
import { reach, sendEarly } from '../requests.js';
import { address } from '../site.js';

/** How often a visible page checks for changes, in milliseconds. */
const REFRESH_MS = 5000;

/** After this many milliseconds a request without an answer is given up: its connection may be dead. */
const PATIENCE_MS = 60_000;

export interface Known {
  /** Null if nobody has this identity; undefined if not known yet. */
  person?: Person | null;
  isUnreachable?: boolean;
}

const addressOf = (id: string): string => address('/api/v1/person', { id });

/** Asks for a person before the page is rendered. */
export const askForPerson = (id: string): void => sendEarly(addressOf(id));

/** A person, updated after changes while the page is visible. */
export function useKnown(id: string): Known {
  const [known, setKnown] = useState<Known>({});
  useLayoutEffect(() => {
    let shown: string | undefined;
    /** A slow answer is waited for: with a further request every few seconds, no connection would be left for other pages. */
    let running: { since: number; end: AbortController } | undefined;
    const refresh = async (): Promise<void> => {
      const request = { since: performance.now(), end: new AbortController() };
      running = request;
      const text = await textOf(id, request.end.signal);
      if (running !== request) return;
      running = undefined;
      // An equal answer is not parsed.
      if (text !== undefined && text === shown) return;
      const person = personIn(text);
      if (person !== undefined) {
        shown = text;
        setKnown({ person });
      }
      // After a failed request the person stays as shown, until the next attempt.
      else if (shown === undefined) setKnown({ isUnreachable: true });
    };
    const stop = (): void => {
      running?.end.abort();
      running = undefined;
    };
    const look = (): void => {
      if (document.visibilityState !== 'visible') return;
      if (running && performance.now() - running.since < PATIENCE_MS) return;
      stop();
      void refresh();
    };
    void refresh();
    const timer = setInterval(look, REFRESH_MS);
    document.addEventListener('visibilitychange', look);
    return () => {
      stop();
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [id]);
  return known;
}

/** The text of the answer; undefined if the request failed. */
async function textOf(id: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const response = await reach(addressOf(id), { signal });
    // Anything else is the answer of a proxy.
    if (!response.headers.get('content-type')?.includes('json')) return undefined;
    if (response.status === 404) return 'null';
    return response.ok ? await response.text() : undefined;
  } catch {
    return undefined;
  }
}

/** The person of an answer; undefined if the answer is cut, or JSON of a proxy. */
function personIn(text: string | undefined): Person | null | undefined {
  try {
    const read = JSON.parse(text ?? '') as Person | null;
    return read === null || Array.isArray(read.identities) ? read : undefined;
  } catch {
    return undefined;
  }
}
