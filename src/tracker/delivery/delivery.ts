import { AGE, BATCH } from '../../protocol/parameters.js';
import { trace } from '../debug.js';
import { call } from '../guard.js';
import { page } from '../page/globals.js';
import { permission } from '../page/permission.js';
import { forgetHit, FREE, keepHit, OUTBOX, waitingHits, type Entry } from './outbox.js';

/** How long an answer may take, in milliseconds. */
const PATIENCE = 15_000;
/** How long a hit belongs to whoever has sent it. */
const LEASE = 20_000;
/** How long a callback waits. */
const CALLBACK = 2000;
/** The longest wait between two attempts. */
const LONGEST_PAUSE = 60_000;
/** Characters in one batch: browsers share 64 KiB among all requests that outlive their page. */
const BATCH_ROOM = 60_000;
/** A longer address goes by POST: something on its way may cut it. */
const LONG_ADDRESS = 2000;
/** As many as browsers open connections to a host. What comes on top waits, and goes together. */
const MOST_REQUESTS = 6;

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
export function deliver(id: string, address: string, callback?: unknown): void {
  const entry: Entry = [OUTBOX + id, address, FREE];
  if (callback) {
    callbacks[entry[0]] = callback;
    setTimeout(answer, CALLBACK, entry[0], false);
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

function deliverSoon(pause: number): void {
  clearTimeout(timer);
  timer = setTimeout(deliverWaiting, pause);
}

/** Leases hits, and gives their addresses, with the age of those that had to wait. */
function lease(entries: Entry[], time: number): string[] {
  const now = Date.now();
  return entries.map((entry) => {
    keepHit(entry, now + time);
    const age = Math.round((now - +entry[0].slice(OUTBOX.length, OUTBOX.length + 13)) / 1000);
    return entry[1] + (age > 0 && !page.KM_PLAIN ? `&${AGE}=${age}` : '');
  });
}

function send(entries: Entry[]): void {
  const lines = lease(entries, LEASE);
  for (const [name] of entries) unsafe.add(name);
  const earlier = failures;
  requests++;
  let settle = (delivered: boolean): void => {
    settle = () => {};
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
    deliverSoon(failures ? Math.min(LONGEST_PAUSE, 1000 * 2 ** failures) * (0.5 + Math.random()) : more ? 0 : LEASE);
  };
  if (!page.KM_PLAIN && (lines[1] || lines[0]!.length > LONG_ADDRESS)) {
    fetch(page.KM_COLLECTOR + BATCH, {
      method: 'POST',
      body: lines.join('\n'),
      signal: AbortSignal.timeout?.(PATIENCE),
    }).then(
      ({ ok }) => settle(ok),
      () => settle(false),
    );
    return;
  }
  const image = new Image();
  image.onload = image.onerror = (event) => settle((event as Event).type == 'load');
  image.src = page.KM_COLLECTOR + lines[0]!;
  setTimeout(() => {
    settle(false);
    // Gives the connection back: a host gets six of them.
    image.src = '';
  }, PATIENCE);
}

/** May be sent by whoever finds it. */
const isFree = ([, , leased]: Entry): boolean => leased < Date.now();

/** As many as fit into one request. A hit that is too long for any goes alone. */
function fitting(entries: Entry[]): Entry[] {
  let room = BATCH_ROOM;
  return entries.filter(([, address], index) => (room -= address.length) > 0 || !index);
}

/**
 * Sends what nobody else is sending: after failures, and what earlier pages and crashed tabs have left behind.
 * Of several tabs one at a time looks (https://w3c.github.io/web-locks/), and takes a lease on what it sends: a
 * tab that dies holds up nothing, and no lock is held that would keep a page out of the back-forward cache.
 */
export function deliverWaiting(): void {
  const take = (): void => {
    // What waits for the visitor's answer is kept with the rest.
    if (!permission()) return;
    const kept = waitingHits();
    const free = kept.filter(isFree);
    // One by one to other implementations; and every other time after a failure, should the site allow no POST.
    const taken = page.KM_PLAIN || failures % 2 ? free.slice(0, 1) : fitting(free);
    more = free.length > taken.length;
    if (taken[0]) send(taken);
    else if (kept[0]) deliverSoon(LEASE);
  };
  // Only where the page is secure.
  if (navigator.locks)
    navigator.locks.request(OUTBOX, { ifAvailable: true }, (lock) => (lock ? take() : deliverSoon(1000))).catch(take);
  else take();
}

/** What is not acknowledged leaves at once, in the way that outlives its page, as far as browsers allow. */
function deliverLeaving(): void {
  if (!permission()) return;
  const leaving = waitingHits().filter((entry) => unsafe.delete(entry[0]) || isFree(entry));
  // After failures the next page had better try again than trust in this.
  const lines = lease(fitting(leaving), failures ? 0 : LEASE);
  if (page.KM_PLAIN) lines.forEach((line) => navigator.sendBeacon(page.KM_COLLECTOR + line));
  else if (lines[0]) navigator.sendBeacon(page.KM_COLLECTOR + BATCH, lines.join('\n'));
}

/** Follows the page's life: hidden may be the last that is heard of it (https://developer.chrome.com/docs/web-platform/page-lifecycle-api). */
export function startDelivery(): void {
  addEventListener('visibilitychange', () => (document.hidden ? deliverLeaving() : deliverWaiting()));
  addEventListener('pagehide', deliverLeaving);
  addEventListener('online', deliverWaiting);
  // Not in the task that starts the tracker: what is left from earlier pages can wait that long.
  deliverSoon(0);
}
