import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { DemoData } from '../../protocol/api.js';
import { askAgainBehind } from '../ask.js';
import { percent } from '../format.js';
import { read, reach } from '../requests.js';
import { address } from '../site.js';

/** The site of the demo shop. */
export const DEMO = 'demo';

const POLL_MS = 1000;

/** How long the page asks again after the last visitor was stored, since reports are some seconds behind. */
const BEHIND_MS = 10_000;

/** Until when to ask again, by `performance.now`. The page without people and the page with people share it. */
let countedUntil = 0;

/**
 * Shows the progress of the demo shop's made-up visitors, and asks again while they are being stored.
 * @param isEmpty whether there are no people yet: then it has a button to store them
 */
export function MadeUp({ isEmpty = false }: { isEmpty?: boolean }): ComponentChildren {
  const [data, setData] = useState<DemoData>();
  const [turn, setTurn] = useState(0);
  const [isReached, setReached] = useState(true);
  const isMaking = data?.state === 'making';
  useEffect(() => {
    // After a failed request the last answer stays, as a new object, so that the page asks again.
    void read<DemoData>(address('/api/v1/demo-data')).then(setData, () => setData((last) => last && { ...last }));
  }, [turn]);
  useEffect(() => {
    if (isMaking) countedUntil = performance.now() + BEHIND_MS;
    if (performance.now() >= countedUntil) return;
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
  if (!data || data.state === 'made' || (!isMaking && !isEmpty)) return null;
  const said = `Made-up visitors are being stored: ${percent(data.progress)}`;
  return (
    <div class="made-up">
      {isMaking ? (
        <p role="status">
          {said} <progress aria-label={said} max={1} value={data.progress} />
        </p>
      ) : (
        <>
          <p>
            {data.state === 'failed'
              ? 'Not all made-up visitors could be stored: the log says why.'
              : 'Or look around first: kmq can make 10,000 visitors of the demo shop. This takes about half a minute.'}
          </p>
          {!isReached && <p role="alert">The collector did not begin: it cannot be reached, or it has an error.</p>}
          <p class="actions center">
            <button type="button" onClick={() => void make()}>
              {data.state === 'failed' ? 'Continue' : 'Add made-up visitors'}
            </button>
          </p>
        </>
      )}
    </div>
  );
}
