import { useEffect, useReducer } from 'preact/hooks';
import type { LiveHit, LiveRefusal, LiveSkipped } from '../../protocol/api.js';
import { address, read } from '../site.js';

/** One thing that Live tells. */
export type Arrival = { id: number } & ({ hit: LiveHit } | { refusal: LiveRefusal } | { skipped: LiveSkipped });

export interface Feed {
  /** The newest first. */
  arrivals: Arrival[];
  /** What has come since the pause. */
  waiting: Arrival[];
  connection: 'connecting' | 'on' | 'off';
  /** What is stored already has been sent: without an arrival there is none. */
  isKnown: boolean;
}

/** Arrivals kept: more than anyone reads, few enough for the smallest phone. */
export const MOST_ARRIVALS = 500;

/** What is stored already comes with the connection; an empty site is known to be empty a moment later. */
const KNOWN_MS = 600;

interface Change extends Partial<Pick<Feed, 'connection' | 'isKnown'>> {
  arrived?: Arrival[];
  isPaused?: boolean;
}

type State = Feed & { isPaused: boolean };

const START: State = { arrivals: [], waiting: [], connection: 'connecting', isKnown: false, isPaused: false };

/** Paused, the latest are kept as well, and no more than are ever shown. */
function changed(state: State, { arrived = [], ...changes }: Change): State {
  const next = { ...state, ...changes };
  const waiting = [...arrived.toReversed(), ...next.waiting].slice(0, MOST_ARRIVALS);
  if (next.isPaused) return { ...next, waiting };
  return { ...next, arrivals: [...waiting, ...next.arrivals].slice(0, MOST_ARRIVALS), waiting: [] };
}

let ids = 0;

/** What the site receives, as it comes. @param isPaused what comes waits */
export function useFeed(isPaused = false): Feed {
  const [feed, change] = useReducer(changed, START);
  useEffect(() => change({ isPaused }), [isPaused]);
  useEffect(() => {
    const source = new EventSource(address('/api/v1/live'));
    let arrived: Arrival[] = [];
    let frame = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    /** The page is written to once a frame, however much arrives. */
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
      // The browser has given up: another question learns whether it is for want of a session.
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
