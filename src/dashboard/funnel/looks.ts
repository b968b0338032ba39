import { useEffect } from 'preact/hooks';
import type { FunnelQuestion } from '../../protocol/reports.js';
import { parsed } from '../json.js';
import { LOOKED_AT, type LookedAt } from '../looked-at.js';
import { currentKey, entryName } from '../site.js';

/** A funnel that is shown for a shorter time does not count: the reader is still editing it. */
const LOOK_MS = 3000;

/** How many funnels of a site are remembered. */
const MOST = 20;

type Looks = [funnel: LookedAt, looks: number];

/** Remembers in this browser which funnel is looked at, for the first sentence of the overview. @param question undefined: none is shown */
export function useLooks(question: FunnelQuestion | undefined): void {
  const { steps = [], window, skip } = question ?? {};
  const text = JSON.stringify({ steps, window, skip } satisfies Partial<LookedAt>);
  useEffect(() => {
    if (steps.length < 2) return;
    const timer = setTimeout(() => count(text), LOOK_MS);
    return () => clearTimeout(timer);
  }, [text]);
}

function count(text: string): void {
  const name = entryName(LOOKED_AT + currentKey());
  // The browser may refuse the access.
  try {
    const read = parsed(localStorage.getItem(name) ?? '[]');
    // Another version may have written something else.
    const known = (Array.isArray(read) ? read : []).filter(Array.isArray) as Looks[];
    const isThis = ([funnel]: Looks): boolean => JSON.stringify(funnel) === text;
    const here: Looks = [JSON.parse(text) as LookedAt, 1 + (known.find(isThis)?.[1] ?? 0)];
    const others = known.filter((one) => !isThis(one)).slice(0, MOST - 1);
    // Of two that were looked at as often, the one that was looked at last comes first.
    const all = [here, ...others].sort((one, other) => other[1] - one[1]);
    localStorage.setItem(name, JSON.stringify(all));
  } catch {
    // Without it the overview compares no funnel.
  }
}
