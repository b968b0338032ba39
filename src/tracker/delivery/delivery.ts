import { REQUEST_BYTES } from '../../protocol/limits.js';
import { trace } from '../console.js';
import { call } from '../guard.js';
import { page } from '../page/globals.js';
import { permission } from '../page/permission.js';
import { settle } from '../page/storage.js';
import { linesOf, OUTBOX, refusalsOf, type Entry } from './entry.js';
import { FREE_MS, isFree, LEASE_MS } from './lease.js';
import { clearOutbox, forgetHit, keepHit, loseHit, openOutbox, refuseHit, saveHit, waitingHits } from './outbox.js';
import { inTurn } from './turn.js';
import { areSingle, fitting, isClosed, learn, settled, take, wayOf, type Way } from './ways.js';

/** How long a callback waits. */
const CALLBACK_TIMEOUT_MS = 2000;
/** The longest wait between two attempts. */
const LONGEST_PAUSE_MS = 60_000;
/** When localStorage is looked at where nothing is painted: in a tab behind others, in a frame that nobody sees. */
const UNPAINTED_PAUSE_MS = 1000;
/** As many as browsers open connections to a host. What comes on top waits, and goes together. */
const MOST_REQUESTS = 6;
/** So often a hit is refused while others pass, and is given up. */
const MOST_REFUSALS = 6;

/** Sends hits in one request, and calls `settle` once with whether they have been acknowledged. */
type Request = (lines: string[], way: Way, settle: (delivered: boolean) => void) => void;
/** Sends hits in a way that outlives the page, and returns whether the browser has taken them; nobody hears of more. */
type Beacon = (lines: string[]) => boolean;

/** Brings hits to the collector, each until it is acknowledged: who sends which, when, and how many at a time. */
export function createDelivery(request: Request, beacon: Beacon) {
  const callbacks: Record<string, unknown> = {};
  /** Requests that have not been answered. */
  let requests = 0;
  /** Requests in a row that have failed with a hit that had not failed before; those on their way at the same time are one. */
  let failures = 0;
  /** Until then what is pushed waits, on the page's own clock. */
  let resumeMs = 0;
  /** Whether the last answer was an acknowledgement. */
  let passing = true;
  /** The one hit that has failed since then: if another passes now, it was refused. */
  let accused: Entry | undefined;
  /** Hits wait that nobody sends. */
  let more = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let opening: ReturnType<typeof setTimeout> | undefined;

  /**
   * Sends a hit, at once unless the visitor has still to be asked or the collector is out of reach, and keeps it until
   * it is acknowledged. What the collector would refuse for its length is not taken: nothing makes room for it.
   * @param callback called once: with true when it has been acknowledged; with false after a failed attempt or
   *   two seconds, and the hit is delivered later
   */
  function deliver(id: string, address: string, callback?: unknown): void {
    if (address.length > REQUEST_BYTES) {
      loseHit('too long', address);
      return call(callback, false);
    }
    const entry: Entry = { name: OUTBOX + id, address, leasedUntilMs: FREE_MS, tries: 0 };
    keepHit(entry);
    if (callback) {
      callbacks[entry.name] = callback;
      setTimeout(answer, CALLBACK_TIMEOUT_MS, entry.name, false);
    }
    const holdMs = resumeMs - performance.now();
    if (permission() && holdMs <= 0 && requests < MOST_REQUESTS) return send([entry]);
    saveHit(entry);
    more = true;
    if (holdMs > 0) flushSoon(holdMs);
  }

  function answer(name: string, delivered: boolean): void {
    call(callbacks[name], delivered);
    delete callbacks[name];
  }

  function flushSoon(pauseMs: number): void {
    clearTimeout(timer);
    timer = setTimeout(flush, pauseMs);
  }

  function lease(entries: Entry[], untilMs = Date.now() + LEASE_MS): void {
    for (const entry of entries) {
      entry.leasedUntilMs = untilMs;
      saveHit(entry);
    }
  }

  function send(entries: Entry[], way = wayOf(entries)): void {
    const lines = linesOf(entries);
    lease(entries);
    for (const entry of entries) entry.unsafe = true;
    const earlier = failures;
    requests++;
    request(lines, way, (delivered) => {
      requests--;
      for (const entry of entries) entry.unsafe = false;
      trace(delivered ? 'delivered' : 'holds back', ...lines);
      if (delivered) passed(entries);
      else lease(entries, FREE_MS);
      // What the page's policy has stopped goes the other way, and has not failed.
      if (!delivered && isClosed(way)) return flushSoon(0);
      settled(entries[1], delivered);
      if (!delivered) failed(entries, earlier);
      for (const { name } of entries) answer(name, delivered);
    });
  }

  function passed(entries: Entry[]): void {
    for (const { name } of entries) forgetHit(name);
    if (accused && !entries.includes(accused)) refused(accused);
    accused = undefined;
    passing = true;
    failures = resumeMs = 0;
    // There is more to send, or what another tab may have left when its lease is over.
    flushSoon(more ? 0 : LEASE_MS);
  }

  function failed(entries: Entry[], earlier: number): void {
    const [first, second] = entries as [Entry, Entry?];
    const isNew = entries.some(({ tries }) => !tries);
    if (isNew) failures = earlier + 1;
    for (const entry of entries) entry.tries++;
    const pauseMs = backoffMs(Math.max(failures, first.tries));
    if (isNew) resumeMs = performance.now() + pauseMs;
    if (!second && refusalsOf(first)) rest(first);
    accused = !second && (passing || accused == first) ? first : undefined;
    if (accused) accused.alone = true;
    passing = false;
    more = true;
    flushSoon(pauseMs);
  }

  /** Others pass and this one does not: it waits behind them, and one day it is given up. */
  function refused(entry: Entry): void {
    refuseHit(entry);
    if (refusalsOf(entry) < MOST_REFUSALS) return rest(entry);
    forgetHit(entry.name);
    loseHit('given up', entry.address);
  }

  function rest(entry: Entry): void {
    entry.resting = true;
    setTimeout(() => {
      entry.resting = false;
      flush();
    }, backoffMs(entry.tries));
  }

  /** Sends what nobody else is sending: after failures, and what earlier pages and crashed tabs have left behind. */
  function flush(): void {
    if (permission() === false) clearOutbox();
    else inTurn(OUTBOX, sendWaiting, flushSoon);
  }

  function sendWaiting(): void {
    // What waits for the visitor's answer is kept with the rest.
    if (!permission()) return;
    const kept = waitingHits();
    let free = byFailures(kept.filter((entry) => isFree(entry) && !entry.resting));
    if (!free[0] && kept[0]) flushSoon(LEASE_MS);
    let taken: Entry[] = [];
    // Single ones go side by side, while they pass.
    while (free[0] && !taken[1] && (!taken[0] || (passing && requests < MOST_REQUESTS))) {
      taken = take(free);
      free = free.slice(taken.length);
      send(taken);
    }
    more = !!free[0];
  }

  /** What is not acknowledged leaves at once, in the way that outlives its page, as far as browsers allow. */
  function leave(): void {
    if (!permission()) return;
    // One that was refused would spoil the rest, and has time.
    const kept = openOutbox().filter((entry) => (entry.unsafe || isFree(entry)) && !refusalsOf(entry));
    const leaving = fitting(kept);
    while (leaving[0]) {
      const taken = areSingle() ? [leaving.shift()!] : leaving.splice(0);
      // After failures the next page had better try again than trust in this.
      if (!isClosed('connect-src') && beacon(linesOf(taken))) lease(taken, failures ? FREE_MS : undefined);
      // Chromium and Firefox keep images that are asked for as the page goes (https://github.com/whatwg/html/issues/1655).
      else for (const entry of taken) send([entry], 'img-src');
      for (const entry of taken) entry.unsafe = false;
    }
  }

  /** Looks at localStorage from now on, and for what earlier pages have left there. */
  function open(): void {
    clearTimeout(opening);
    settle();
    openOutbox();
    flush();
  }

  /** Follows the page's life: hidden may be the last that is heard of it (https://developer.chrome.com/docs/web-platform/page-lifecycle-api). */
  function start(): void {
    addEventListener('visibilitychange', () => (document.hidden ? leave() : flush()));
    addEventListener('pagehide', leave);
    addEventListener('online', flush);
    addEventListener('securitypolicyviolation', learn);
    // Another tab has sent it. Without an id what is sent again would count again; with one the memory is the safer place.
    addEventListener('storage', ({ key, newValue }) => page.KM_PLAIN && key && newValue === null && forgetHit(key));
    // Once the page is painted: the first look at localStorage may have to wait for the disk.
    opening = setTimeout(open, UNPAINTED_PAUSE_MS);
    globalThis.requestAnimationFrame?.(() => setTimeout(open));
  }

  return { deliver, flush, start };
}

/** Those first that have failed least: a hit that is refused holds up no other. */
function byFailures(entries: Entry[]): Entry[] {
  return entries.sort((a, b) => +!!a.alone - +!!b.alone || a.tries - b.tries);
}

/** Exponential, with jitter: a collector that comes back must not meet everyone in the same second. */
function backoffMs(attempts: number): number {
  return Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** attempts) * (0.5 + Math.random());
}
