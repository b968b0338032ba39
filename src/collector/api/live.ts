import type { ServerResponse } from 'node:http';
import { probeHalfClosed } from '../http/half-closed.js';
import type { LiveEvent, Reader } from '../store/store.js';

/** How often the store is asked for new hits. */
const POLL_MS = 200;
/** The most hits sent at once: as many as a person can look at, and so few that the store has little work. */
const MOST_AT_ONCE = 100;
/** An empty comment is sent this often, since proxies close idle connections. */
const HEARTBEAT_MS = 15_000;

const HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  // Without this header, nginx would buffer the feed.
  'X-Accel-Buffering': 'no',
};

/**
 * The live feed of a site as server-sent events (https://html.spec.whatwg.org/#server-sent-events). It
 * reads the store and not the requests: so it costs ingestion nothing, it shows only hits that are
 * on disk, and a browser that reconnects continues after its last event.
 */
export class Live {
  /** For each open feed, the function that ends it. */
  private readonly feeds = new Set<() => void>();

  constructor(
    private readonly store: Reader,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Answers HEAD. */
  describe(response: ServerResponse): void {
    response.writeHead(200, HEADERS).end();
  }

  /** @param lastEventId the last event that a reconnecting browser has received */
  serve(key: string, lastEventId: string | undefined, response: ServerResponse): void {
    let cursor = lastEventId;
    let busy = false;
    response.writeHead(200, HEADERS);
    response.write('retry: 2000\n\n');

    const poll = async (): Promise<void> => {
      // A slow reader gets no more events until it has received the earlier ones.
      if (busy || response.writableNeedDrain) return;
      busy = true;
      try {
        const page = await this.store.live(key, cursor, MOST_AT_ONCE);
        if (response.writableEnded) return;
        cursor = page.cursor;
        // The id is in the last event and not after it: a page's script gets an id only with an event.
        const last = page.events.pop();
        if (last) response.write(`${page.events.map(toText).join('')}id: ${cursor}\n${toText(last)}`);
      } catch (error) {
        this.onError(error);
        // An open feed would mean that nothing arrives. When it ends, the page says that it reconnects, and continues after its
        // last event.
        end();
      }
      busy = false;
    };
    const timer = setInterval(() => void poll(), POLL_MS);
    const beat = (): boolean => response.writableNeedDrain || response.write(': \n\n');
    const heartbeat = setInterval(beat, HEARTBEAT_MS);
    probeHalfClosed(response, () => {
      beat();
      return true;
    });
    const end = (): void => {
      clearInterval(timer);
      clearInterval(heartbeat);
      this.feeds.delete(end);
      response.end();
    };
    this.feeds.add(end);
    response.on('close', end);
    void poll();
  }

  /** How many feeds are open. */
  get readers(): number {
    return this.feeds.size;
  }

  close(): void {
    for (const end of this.feeds) end();
  }
}

function toText({ event, data }: LiveEvent): string {
  return `event: ${event}\ndata: ${data}\n\n`;
}
