import { useEffect, useState } from 'preact/hooks';
import type { Person } from '../../protocol/api.js';
import { address, reach } from '../site.js';

/** How often a page that is looked at asks for news, in milliseconds. */
const REFRESH_MS = 5000;

export interface Known {
  /** Null: nobody has this identity. Undefined: it is not known yet. */
  person?: Person | null;
  isUnreachable?: boolean;
}

/** A person, and again whenever something has changed while the page is looked at. */
export function useKnown(id: string): Known {
  const [known, setKnown] = useState<Known>({});
  useEffect(() => {
    let shown: string | undefined;
    let isOver = false;
    const refresh = async (): Promise<void> => {
      const text = await textOf(id);
      // Out of reach: what is shown stays, and the next attempt may do better. What says the same need not be read.
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

/** The answer as it came; undefined where there is none. */
async function textOf(id: string): Promise<string | undefined> {
  try {
    const response = await reach(address('/api/v1/person', { id }));
    if (response.status === 404) return 'null';
    return response.ok ? await response.text() : undefined;
  } catch {
    return undefined;
  }
}
