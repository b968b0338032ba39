import { useEffect, useReducer } from 'preact/hooks';
import { MOST_EVENT_ID, type LiveHit, type LiveRefusal, type LiveSkipped } from '../../protocol/api.js';
import { read, sayForbidden } from '../requests.js';
import { address } from '../site.js';

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

/** How long to wait before the next connection, in milliseconds: as long as browsers are told to wait after a broken connection. */
const AGAIN_MS = 2000;

interface Change extends Partial<Feed> {
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

/**
 * The feed of Live. A page that is out of sight has no connection: over HTTP/1.1 a browser opens six to a host, and with as many pages of
 * Live in its tabs no other page of the collector would load. When the page is seen again, the feed goes on where it was.
 * @param isPaused arrivals are kept but not shown
 */
export function useFeed(isPaused = false): Feed {
  const [feed, change] = useReducer(changed, START);
  useEffect(() => change({ isPaused }), [isPaused]);
  useEffect(() => {
    let source: EventSource | undefined;
    let arrived: Arrival[] = [];
    let frame = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let lastEventId = '';
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
    const connect = (): void => {
      // An id that is too long for a request is dropped: then the feed begins again with the latest arrivals.
      if (lastEventId.length > MOST_EVENT_ID) {
        lastEventId = '';
        change({ arrivals: [], waiting: [] });
      }
      const opened = new EventSource(address('/api/v1/live', lastEventId ? { after: lastEventId } : {}));
      source = opened;
      opened.addEventListener('open', () => {
        change({ connection: 'on' });
        sayForbidden(undefined);
        timer = setTimeout(() => change({ isKnown: true }), KNOWN_MS);
      });
      opened.addEventListener('error', () => {
        // Without an answer of the store, nobody knows whether the site has hits.
        clearTimeout(timer);
        change({ connection: 'off', isKnown: false });
        if (opened.readyState === EventSource.CLOSED) connectAgain();
      });
      const listen = <Data>(name: string, made: (data: Data) => Parameters<typeof add>[0]): void =>
        opened.addEventListener(name, (event: MessageEvent<string>) => {
          // The collector sends several events at once, and only the last of them has an id.
          lastEventId = event.lastEventId || lastEventId;
          add(made(JSON.parse(event.data) as Data));
        });
      listen<LiveHit>('hit', (hit) => ({ hit }));
      listen<LiveRefusal>('refused', (refusal) => ({ refusal }));
      listen<LiveSkipped>('skipped', (skipped) => ({ skipped }));
    };
    /**
     * After an answer that is no feed, as of a proxy while the collector starts, the browser does not connect again by itself. If the
     * session has ended, another request leads to the login. If it is forbidden, that request says so, and has no answer.
     */
    const connectAgain = (): void => {
      read(address('/api/v1/about')).catch(() => {});
      clearTimeout(timer);
      timer = setTimeout(connect, AGAIN_MS);
    };
    const disconnect = (): void => {
      source?.close();
      clearTimeout(timer);
    };
    const look = (): void => {
      disconnect();
      if (!document.hidden) connect();
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      disconnect();
      cancelAnimationFrame(frame);
    };
  }, []);
  return feed;
}
