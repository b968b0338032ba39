import { AGE } from '../../protocol/parameters.js';
import { pushedAtMs } from '../../protocol/hit-id.js';
import { trace } from '../console.js';
import { call } from '../guard.js';
import { page } from '../page/globals.js';
import { permission } from '../page/permission.js';
import { FREE_MS, isFree, LEASE_MS } from './lease.js';
import { forgetHit, keepHit, OUTBOX, waitingHits, type Entry } from './outbox.js';

/** How long a callback waits. */
const CALLBACK_TIMEOUT_MS = 2000;
/** The longest wait between two attempts. */
const LONGEST_PAUSE_MS = 60_000;
/** How long to wait while another tab is looking. */
const TURN_PAUSE_MS = 1000;
/** Browsers share 64 KiB among all requests that outlive their page. */
const BATCH_CHARACTERS = 60_000;
/** As many as browsers open connections to a host. What comes on top waits, and goes together. */
const MOST_REQUESTS = 6;

/** Sends hits in one request, and calls `settle` once with whether they have been acknowledged. */
type Request = (lines: string[], settle: (delivered: boolean) => void) => void;
/** Sends hits in a way that outlives the page; nobody hears what becomes of them. */
type Beacon = (lines: string[]) => void;

/** Brings hits to the collector, each until it is acknowledged: who sends which, when, and how many at a time. */
export function createDelivery(request: Request, beacon: Beacon) {
  const callbacks: Record<string, unknown> = {};
  /** Hits that would be lost with this page: it waits for their answers. */
  const unsafe = new Set<string>();
  /** Requests that have not been answered. */
  let requests = 0;
  /** In a row; those that were on their way at the same time are one. */
  let failures = 0;
  /** Hits wait that nobody sends. */
  let more = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Sends a hit, at once unless the visitor has still to be asked or the collector is out of reach, and keeps it until
   * it is acknowledged.
   * @param callback called once: with true when it has been acknowledged; with false after a failed attempt or
   *   two seconds, and the hit is delivered later
   */
  function deliver(id: string, address: string, callback?: unknown): void {
    const entry: Entry = [OUTBOX + id, address, FREE_MS];
    if (callback) {
      callbacks[entry[0]] = callback;
      setTimeout(answer, CALLBACK_TIMEOUT_MS, entry[0], false);
    }
    if (!permission() || failures || requests >= MOST_REQUESTS) {
      keepHit(entry);
      more = true;
    } else send([entry]);
  }

  function answer(name: string, delivered: boolean): void {
    call(callbacks[name], delivered);
    delete callbacks[name];
  }

  function flushSoon(pauseMs: number): void {
    clearTimeout(timer);
    timer = setTimeout(flush, pauseMs);
  }

  /** Leases hits, and gives the lines of the request that they go in. */
  function lease(entries: Entry[], leaseMs: number): string[] {
    const now = Date.now();
    return entries.map((entry) => {
      keepHit(entry, now + leaseMs);
      return withAge(entry, now);
    });
  }

  function send(entries: Entry[]): void {
    const lines = lease(entries, LEASE_MS);
    for (const [name] of entries) unsafe.add(name);
    const earlier = failures;
    requests++;
    request(lines, (delivered) => {
      requests--;
      failures = delivered ? 0 : earlier + 1;
      trace(delivered ? 'delivered' : 'holds back', ...lines);
      for (const entry of entries) {
        // Where it is gone, another attempt has been acknowledged.
        if (forgetHit(entry) && !delivered) keepHit(entry);
        unsafe.delete(entry[0]);
        answer(entry[0], delivered);
      }
      // Exponential, with jitter: a collector that comes back must not meet everyone in the same second. Else there is
      // more to send, or what another tab may have left when its lease is over.
      const backoffMs = Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** failures) * (0.5 + Math.random());
      flushSoon(failures ? backoffMs : more ? 0 : LEASE_MS);
    });
  }

  /**
   * Sends what nobody else is sending: after failures, and what earlier pages and crashed tabs have left behind. Of several
   * tabs one at a time looks (https://w3c.github.io/web-locks/), and takes a lease on what it sends: a tab that dies holds
   * up nothing, and no lock is held that would keep a page out of the back-forward cache.
   */
  function flush(): void {
    // Only where the page is secure.
    if (navigator.locks)
      navigator.locks
        .request(OUTBOX, { ifAvailable: true }, (lock) => (lock ? sendWaiting() : flushSoon(TURN_PAUSE_MS)))
        .catch(sendWaiting);
    else sendWaiting();
  }

  function sendWaiting(): void {
    // What waits for the visitor's answer is kept with the rest.
    if (!permission()) return;
    const kept = waitingHits();
    const free = kept.filter(isFree);
    // One by one to other implementations; and every other time after a failure, should the site allow no POST.
    const taken = page.KM_PLAIN || failures % 2 ? free.slice(0, 1) : fitting(free);
    more = free.length > taken.length;
    if (taken[0]) send(taken);
    else if (kept[0]) flushSoon(LEASE_MS);
  }

  /** What is not acknowledged leaves at once, in the way that outlives its page, as far as browsers allow. */
  function leave(): void {
    if (!permission()) return;
    const leaving = waitingHits().filter((entry) => unsafe.delete(entry[0]) || isFree(entry));
    // After failures the next page had better try again than trust in this.
    beacon(lease(fitting(leaving), failures ? 0 : LEASE_MS));
  }

  /** Follows the page's life: hidden may be the last that is heard of it (https://developer.chrome.com/docs/web-platform/page-lifecycle-api). */
  function start(): void {
    addEventListener('visibilitychange', () => (document.hidden ? leave() : flush()));
    addEventListener('pagehide', leave);
    addEventListener('online', flush);
    // Not in the task that starts the tracker: what is left from earlier pages can wait that long.
    flushSoon(0);
  }

  return { deliver, flush, start };
}

/** The address of a hit, with its age if it had to wait. */
function withAge([name, address]: Entry, now: number): string {
  const seconds = Math.round((now - pushedAtMs(name.slice(OUTBOX.length))) / 1000);
  return address + (seconds > 0 && !page.KM_PLAIN ? `&${AGE}=${seconds}` : '');
}

/** As many as fit into one request. A hit that is too long for any goes alone. */
function fitting(entries: Entry[]): Entry[] {
  let room = BATCH_CHARACTERS;
  return entries.filter(([, address], index) => {
    room -= address.length;
    return room > 0 || !index;
  });
}
