import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { DemoData } from '../../protocol/api.js';
import { askAgainBehind } from '../ask.js';
import { MoreDays } from '../components/more-days.js';
import { percent } from '../format.js';
import { read, reach } from '../requests.js';
import { address } from '../site.js';

/** The site of the demo shop. */
export const DEMO = 'demo';

const POLL_MS = 1000;

/** How long the page asks again after the last visitor was stored, since reports are some seconds behind. */
const BEHIND_MS = 10_000;

/** The made-up visitors of the demo shop. */
export interface MadeUp {
  /** Undefined if it is not known, or on another site. */
  data: DemoData | undefined;
  /** Whether they are being stored or counted. Until the end the last days are empty, so a comparison with the days before says nothing. */
  isGrowing: boolean;
  /** Whether the last request to make them reached the collector. */
  isReached: boolean;
  make: () => Promise<void>;
}

/** Follows the made-up visitors, and asks for the reports again while they are being stored. @param isDemo whether there may be any */
export function useMadeUp(isDemo: boolean): MadeUp {
  const [data, setData] = useState<DemoData>();
  const [turn, setTurn] = useState(0);
  const [isReached, setReached] = useState(true);
  /** Until when to ask again, by `performance.now`. */
  const [countedUntil, setCountedUntil] = useState(0);
  const isMaking = data?.state === 'making';
  useEffect(() => {
    // After a failed request the last answer stays, as a new object, so that the page asks again.
    if (isDemo)
      void read<DemoData>(address('/api/v1/demo-data')).then(setData, () => setData((last) => last && { ...last }));
  }, [turn]);
  useEffect(() => {
    const now = performance.now();
    if (isMaking) setCountedUntil(now + BEHIND_MS);
    else if (data?.state !== 'made' || now >= countedUntil) return setCountedUntil(0);
    const timer = setTimeout(() => {
      // Visitors that are stored already are shown as soon as reports have them.
      askAgainBehind();
      setTurn(turn + 1);
    }, POLL_MS);
    return () => clearTimeout(timer);
  }, [data]);
  const make = async (): Promise<void> => {
    const response = await reach(address('/api/v1/demo-data'), { method: 'POST' }).catch(() => undefined);
    setReached(response?.ok === true);
    if (response?.ok) setData((await response.json()) as DemoData);
  };
  return { data, isGrowing: isMaking || countedUntil > 0, isReached, make };
}

/** Shows in the place of the first sentence how many are stored. @param isEmpty whether nobody came in the days of the report yet */
export function Growing({ data, isEmpty }: Pick<MadeUp, 'data'> & { isEmpty: boolean }): ComponentChildren {
  const { state, progress } = data!;
  const said =
    state === 'making'
      ? `Made-up visitors are being stored: ${percent(progress)}`
      : 'The made-up visitors are stored. The last of them are being counted.';
  return (
    <div class="lead-sentence growing">
      <p role="status">
        {said} {state === 'making' && <progress aria-label={said} max={1} value={progress} />}
      </p>
      {isEmpty && (
        <>
          <p class="note">Those of the oldest days are stored first. The visitors of these days follow.</p>
          <p class="actions">
            <MoreDays />
          </p>
        </>
      )}
    </div>
  );
}

/** A button that stores them. */
export function MakeThem({ madeUp: { data, isReached, make } }: { madeUp: MadeUp }): ComponentChildren {
  if (data?.state !== 'none' && data?.state !== 'failed') return null;
  return (
    <div class="made-up">
      <p>
        {data.state === 'failed'
          ? 'Not all made-up visitors could be stored: the log says why.'
          : 'Or look around first: kmq can make 10,000 visitors of the demo shop. This takes about half a minute.'}
      </p>
      {!isReached && (
        <p role="alert">No visitors are being made: the collector cannot be reached, or it has an error.</p>
      )}
      <p class="actions center">
        <button type="button" onClick={() => void make()}>
          {data.state === 'failed' ? 'Continue' : 'Add made-up visitors'}
        </button>
      </p>
    </div>
  );
}
