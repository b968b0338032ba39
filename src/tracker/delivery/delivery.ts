import { trace } from '../console.js';
import { call } from '../guard.js';
import { permission } from '../page/permission.js';
import {
  ADDRESS,
  CALLBACK,
  IS_UNSAFE,
  LEASED_UNTIL_MS,
  linesOf,
  OUTBOX,
  PASSES,
  blocksOf,
  TRIES,
  type Entry,
} from './entry.js';
import { backoffMs, FREE_MS, isPast, LEASE_MS } from './lease.js';
import { request } from './network.js';
import { clearOutbox, forgetHit, keepHit, loseHit, saveHit, waitingHits } from './outbox.js';
import { alike, fitting, isFree } from './together.js';
import { noteFailure, notePass, wayOf } from './ways.js';

/*
 * Sends hits to the collector until each is acknowledged: decides which tab sends which hit, when, and how many at a time.
 */

/** Below the collector's limit (REQUEST_BYTES), so that an age and the number of lost hits, which are added later, fit as well. */
const MOST_CHARACTERS = 1e6;
/** How long a callback waits for the collector's answer. */
const CALLBACK_TIMEOUT_MS = 2000;
/** How long to wait for another tab that holds the lock, and before leases are checked again. */
const PAUSE_MS = 1000;
/** After a batch has failed, four single hits must be acknowledged before two are sent together again. */
const BATCH_GROWTH = 1.25;
/** How many connections browsers open to one host. Further hits wait, and are sent together. */
const MOST_REQUESTS = 6;
/** A hit is given up after it was blocked this often while others were acknowledged. */
const MOST_BLOCKS = 6;

/** Requests that have not been answered. */
let requests = 0;
/** Requests that were acknowledged. */
let passes = 0;
/** Failures in a row. If requests run at the same time, their failures count as one. */
export let failures = 0;
/** New hits wait until this time. It is set when a hit fails for the first time. */
let resumeMs = 0;
let mostTogether = Infinity;
let timer: ReturnType<typeof setTimeout> | undefined;

/**
 * Keeps a hit until it is acknowledged, and sends it: at once, unless the visitor has not answered yet, requests fail at the
 * moment, or six are running. A hit of more than a million characters is dropped.
 * @param callback called once: with true when the hit has been acknowledged; with false at once if it is dropped, else after a failed
 *   attempt or two seconds, and then the hit is delivered later
 */
export function deliver(id: string, address: string, callback?: unknown): void {
  if (address.length > MOST_CHARACTERS) {
    loseHit('too long', address);
    return call(callback, false);
  }
  const entry: Entry = [OUTBOX + id, address, FREE_MS, 0, false, true, callback];
  keepHit(entry);
  if (callback) setTimeout(answer, CALLBACK_TIMEOUT_MS, entry, false);
  if (permission() && isPast(resumeMs) && requests < MOST_REQUESTS) return send([entry]);
  saveHit(entry);
  flushSoon(resumeMs - Date.now());
}

function answer(entry: Entry, delivered: boolean): void {
  call(entry[CALLBACK], delivered);
  entry[CALLBACK] = undefined;
}

function flushSoon(pauseMs: number): void {
  clearTimeout(timer);
  timer = setTimeout(flush, pauseMs);
}

export function lease(entries: Entry[], untilMs: number, areUnsafe = false): void {
  for (const entry of entries) {
    entry[LEASED_UNTIL_MS] = untilMs;
    entry[IS_UNSAFE] = areUnsafe;
    saveHit(entry);
  }
}

export function send(entries: Entry[], way = wayOf(entries)): void {
  const lines = linesOf(entries);
  const earlier = failures;
  lease(entries, Date.now() + LEASE_MS, true);
  requests++;
  request(lines, way, (isDelivered) => {
    requests--;
    trace(isDelivered ? 'delivered' : 'not acknowledged', ...lines);
    if (isDelivered) {
      for (const [name] of entries) forgetHit(name);
      notePass();
      passes++;
      failures = resumeMs = 0;
      mostTogether *= BATCH_GROWTH;
      flushSoon(0);
    } else {
      lease(entries, FREE_MS);
      // If the page's policy has blocked the request, the hits are sent in the other way, and this does not count as a failure.
      if (noteFailure(way)) return flushSoon(0);
      failures = earlier + 1;
      for (const entry of entries) if (!entry[TRIES]++) resumeMs = Date.now() + backoffMs(failures);
      // One hit of the batch may be the cause: from now on they are sent one by one.
      if (entries[1]) mostTogether = 1;
      else failedAlone(entries[0]!);
      flushSoon(backoffMs(failures));
    }
    for (const entry of entries) answer(entry, isDelivered);
  });
}

/**
 * Counts a hit as blocked if it fails again although others were acknowledged since its last failure. The next page continues the
 * count: there, the first failure counts if another hit was acknowledged before.
 */
function failedAlone(entry: Entry): void {
  if ((entry[PASSES] ?? (blocksOf(entry[ADDRESS]) ? 0 : passes)) < passes) {
    const blocks = blocksOf((entry[ADDRESS] += '&'));
    lease([entry], Date.now() + backoffMs(blocks));
    if (blocks == MOST_BLOCKS) {
      forgetHit(entry[0]);
      loseHit('given up', entry[ADDRESS]);
    }
  }
  entry[PASSES] = passes;
}

/**
 * Sends hits that no other tab is sending: after failures, and hits that earlier pages and crashed tabs have left. One tab at a
 * time looks for them (https://w3c.github.io/web-locks/), and takes a lease on the hits that it sends. So a tab that crashes delays
 * only the hits that it was sending, and no lock is held for long: a page with a lock cannot enter the back-forward cache.
 */
export function flush(): void {
  if (permission() === false) return clearOutbox();
  const kept = waitingHits();
  // Nearly every page finds nothing, and needs no lock.
  if (!kept[0]) return;
  if (!kept.some(isFree)) return flushSoon(PAUSE_MS);
  try {
    navigator.locks
      .request(OUTBOX, { ifAvailable: true }, (lock) => (lock ? sendWaiting() : flushSoon(PAUSE_MS)))
      .catch(sendWaiting);
  } catch {
    // Pages over http have no locks.
    sendWaiting();
  }
}

function sendWaiting(): void {
  // Before the visitor has answered, hits are kept but not sent.
  if (!permission()) return;
  let free = waitingHits().filter(isFree);
  // Single hits are sent in parallel, as long as none has failed.
  while (free[0] && requests < MOST_REQUESTS) {
    const taken = fitting(free.slice(0, Math.min(mostTogether, alike(free))));
    free = free.slice(taken.length);
    send(taken);
    if (taken[1] || failures) return;
  }
}
