import { useLayoutEffect, useState } from 'preact/hooks';
import type { Person } from '../../protocol/api.js';
import { reach, sendEarly } from '../requests.js';
import { address } from '../site.js';

/** How often a visible page checks for changes, in milliseconds. */
const REFRESH_MS = 5000;

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
    let isOver = false;
    const refresh = async (): Promise<void> => {
      const text = await textOf(id);
      // After a failed request the person stays as shown, until the next attempt. An equal answer is not parsed.
      if (isOver || (text === undefined && shown !== undefined) || (text === shown && shown !== undefined)) return;
      shown = text;
      setKnown(text === undefined ? { isUnreachable: true } : { person: JSON.parse(text) as Person | null });
    };
    const look = (): void => {
      if (document.visibilityState === 'visible') void refresh();
    };
    void refresh();
    const timer = setInterval(look, REFRESH_MS);
    document.addEventListener('visibilitychange', look);
    return () => {
      isOver = true;
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [id]);
  return known;
}

/** The text of the answer; undefined if the request failed. */
async function textOf(id: string): Promise<string | undefined> {
  try {
    const response = await reach(addressOf(id));
    // Anything else is the answer of a proxy.
    if (!response.headers.get('content-type')?.includes('json')) return undefined;
    if (response.status === 404) return 'null';
    return response.ok ? await response.text() : undefined;
  } catch {
    return undefined;
  }
}
