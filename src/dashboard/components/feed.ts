import { useEffect, useReducer } from 'preact/hooks';
import type { LiveHit, LiveRefusal, LiveSkipped } from '../../protocol/api.js';
import { address, read } from '../site.js';

/** One message of Live. */
export type Arrival = { id: number } & ({ hit: LiveHit } | { refusal: LiveRefusal } | { skipped: LiveSkipped });

export interface Feed {
  /** The newest first. */
  arrivals: Arrival[];
  /** Arrivals since the pause. */
  waiting: Arrival[];
  connection: 'connecting' | 'on' | 'off';
  /** Whether all stored hits have been sent. If nothing has arrived by then, the site has none. */
  isKnown: boolean;
}

/** How many arrivals are kept: more than anyone reads, and few enough for a small phone. */
export const MOST_ARRIVALS = 500;

/** The stored hits arrive directly after the connection is open. If nothing arrives within this time, the site has none. */
const KNOWN_MS = 600;

interface Change extends Partial<Pick<Feed, 'connection' | 'isKnown'>> {
  arrived?: Arrival[];
  isPaused?: boolean;
}

type State = Feed & { isPaused: boolean };

const START: State = { arrivals: [], waiting: [], connection: 'connecting', isKnown: false, isPaused: false };

/** The next state. During a pause, too, only as many arrivals are kept as can be shown. */
function changed(state: State, { arrived = [], ...changes }: Change): State {
  const next = { ...state, ...changes };
  const waiting = [...arrived.toReversed(), ...next.waiting].slice(0, MOST_ARRIVALS);
  if (next.isPaused) return { ...next, waiting };
  return { ...next, arrivals: [...waiting, ...next.arrivals].slice(0, MOST_ARRIVALS), waiting: [] };
}

let ids = 0;

/** The feed of Live. @param isPaused arrivals are kept but not shown */
export function useFeed(isPaused = false): Feed {
  const [feed, change] = useReducer(changed, START);
  useEffect(() => change({ isPaused }), [isPaused]);
  useEffect(() => {
    const source = new EventSource(address('/api/v1/live'));
    let arrived: Arrival[] = [];
    let frame = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    /** The page is rendered at most once a frame, however much arrives. */
    const add = (what: { hit: LiveHit } | { refusal: LiveRefusal } | { skipped: LiveSkipped }): void => {
      arrived.push({ id: ++ids, ...what });
      if (arrived.length > MOST_ARRIVALS) arrived.shift();
      frame ||= requestAnimationFrame(() => {
        change({ arrived });
        arrived = [];
        frame = 0;
      });
    };
    source.addEventListener('open', () => {
      change({ connection: 'on' });
      timer = setTimeout(() => change({ isKnown: true }), KNOWN_MS);
    });
    source.addEventListener('error', () => {
      change({ connection: 'off' });
      // The browser does not connect again. Another request leads to the login if the session has ended.
      if (source.readyState === EventSource.CLOSED) void read(address('/api/v1/about')).catch(() => {});
    });
    source.addEventListener('hit', ({ data }: MessageEvent<string>) => add({ hit: JSON.parse(data) as LiveHit }));
    source.addEventListener('refused', ({ data }: MessageEvent<string>) =>
      add({ refusal: JSON.parse(data) as LiveRefusal }),
    );
    source.addEventListener('skipped', ({ data }: MessageEvent<string>) =>
      add({ skipped: JSON.parse(data) as LiveSkipped }),
    );
    return () => {
      source.close();
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, []);
  return feed;
}
