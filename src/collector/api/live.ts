import type { ServerResponse } from 'node:http';
import type { LiveHit, LiveRefusal } from '../../protocol/api.js';
import { codeOf, sentenceOf } from '../../protocol/reasons.js';
import type { LivePage, Reader, Refusal, StoredHit } from '../store/store.js';

/** How often the store is asked for what is new. */
const POLL_MS = 200;
/** The most hits shown at once: what a person can look at, and no load for the store. */
const MOST_AT_ONCE = 100;
/** Proxies close connections on which nothing moves. */
const HEARTBEAT_MS = 15_000;

/**
 * The live feed of a site as server-sent events (https://html.spec.whatwg.org/#server-sent-events). It
 * follows the store, not the stream of requests, so ingestion does nothing for it, what it shows is what is
 * on disk, and a browser that reconnects goes on behind its last event.
 */
export class Live {
  /** What ends each of the open feeds. */
  private readonly feeds = new Set<() => void>();

  constructor(
    private readonly store: Reader,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** @param lastEventId where a browser that reconnects has got to */
  serve(key: string, lastEventId: string | undefined, response: ServerResponse): void {
    let cursor = lastEventId;
    let busy = false;
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      // nginx would otherwise hold the feed back until its buffer is full.
      'X-Accel-Buffering': 'no',
    });
    response.write('retry: 2000\n\n');

    const poll = async (): Promise<void> => {
      // A reader that is slow to take what it has is sent no more until it has taken it.
      if (busy || response.writableNeedDrain) return;
      busy = true;
      try {
        const page = await this.store.live(key, cursor, MOST_AT_ONCE);
        if (response.writableEnded) return;
        const news = toEvents(page);
        cursor = page.cursor;
        if (news.length) response.write(`${news.join('')}id: ${cursor}\n\n`);
      } catch (error) {
        this.onError(error);
      }
      busy = false;
    };
    const timer = setInterval(() => void poll(), POLL_MS);
    const heartbeat = setInterval(() => response.write(': \n\n'), HEARTBEAT_MS);
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

function toEvents({ hits, refusals, skipped }: LivePage): string[] {
  const events = [
    ...hits.map((hit) => ({ received: hit.received, text: toEvent('hit', toLiveHit(hit)) })),
    ...refusals.map((refusal) => ({ received: refusal.received, text: toEvent('refused', toLiveRefusal(refusal)) })),
  ].sort((a, b) => a.received - b.received);
  return [...(skipped ? [toEvent('skipped', { count: skipped })] : []), ...events.map(({ text }) => text)];
}

function toEvent(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function toLiveHit(hit: StoredHit): LiveHit {
  const { kind, id, person, name, time, received, duplicate } = hit;
  const properties = Object.fromEntries(hit.properties);
  const warnings = hit.warnings.map(sentenceOf);
  const warningCodes = hit.warnings.map(codeOf);
  return { kind, id, person, name, time, received, properties, warnings, warningCodes, duplicate };
}

function toLiveRefusal({ received, reason, request }: Refusal): LiveRefusal {
  return { received, reason: sentenceOf(reason), code: codeOf(reason), request };
}
