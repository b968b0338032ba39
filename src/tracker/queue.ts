import { asProperties } from './commands/properties.js';
import { report } from './console.js';
import { openOutbox } from './delivery/outbox.js';
import { guard } from './guard.js';
import { createKM } from './km.js';
import { page, setting } from './page/globals.js';
import { takeOwnQueue } from './page/own-queue.js';
import { endStart, isStarting } from './page/storage.js';
import { runAsOf } from './time.js';
import type { KM } from './types.js';

type Commands = Record<string, (...parameters: unknown[]) => unknown>;
type Live = unknown[] & { t?: number[] };

// Not `Array.from`: old versions of Prototype.js and MooTools have their own.
const array = Array.prototype;

/**
 * Puts `KM` and the live `_kmq` into the page. The queue is a new array, since some code waits until `_kmq` is another object. Code
 * that holds the old array can still use it (https://github.com/segmentio/analytics.js-core/issues/59): both arrays have the same
 * live push. That push first calls the push which the old array had before, so that a wrapper which the page has put around it
 * (a debugger, a mirror) sees every item. Then the items in the array are run and removed.
 * @param prepare runs before all commands
 * @param automatic the automatic features: they run after everything that the page has pushed so far
 * @returns a function that starts all this, unless it has started
 */
export function startQueue(prepare: () => void, automatic: () => (() => void)[]): () => void {
  const km = (page.KM = createKM(live));
  const pushed = setting('_kmq');
  const old = (pushed && typeof pushed == 'object' ? pushed : []) as Live;
  let wrapped: Live['push'] | undefined;
  let times: number[] = [];
  guard(() => {
    wrapped = old.push;
    // The loader has set `t`. Otherwise it is set here, because a loader that runs later does nothing if the queue has `t`.
    if (Array.isArray(old.t)) times = old.t;
    else old.t = times;
  });
  const queue: Live = [];
  queue.t = times;
  /** The array into which the page's own push puts items. The push of some pages puts them into the new array instead. */
  let landed: Live = old;
  let settled = false;
  /** True while the page's own push runs: items that it pushes itself do not go through it again. */
  let inside = false;

  function settle(): void {
    if (settled) return;
    settled = true;
    guard(prepare);
    takeLanded();
    run(km, automatic(), []);
    // A push from here on runs after the automatic events, and its time is the present.
    times.length = 0;
    while (takeLanded());
    endStart();
  }

  /**
   * Runs before each call of the page. WebKit fires no event when the visitor leaves a page that is still loading, so each pushed
   * hit is copied to localStorage at once.
   */
  function live(): void {
    settle();
    if (!isStarting) openOutbox();
  }

  /** Runs the items in both arrays, since some code pushes into whichever array it holds; returns how many there were. */
  function takeLanded(): number {
    let items: unknown[] = [];
    for (const from of [landed, queue, takeOwnQueue(queue)]) {
      // A frozen queue cannot be emptied, but it cannot grow either.
      const isEmptied = guard(() => {
        items = items.concat(array.slice.call(from));
        return Reflect.set(from, 'length', 0);
      });
      if (!isEmptied) landed = [];
    }
    run(km, items, times.splice(0));
    return items.length;
  }

  // `this` is not used: debuggers save push and call it on other objects.
  function push(...items: unknown[]): void {
    live();
    const landedSoFar = landed.length + queue.length;
    // If the page has put the same wrapper around this push as well, the wrapper must not see each item twice.
    const isAround = queue.push != (push as never) && String(queue.push) == String(wrapped);
    let isDone: unknown;
    if (wrapped && !inside && !isAround) {
      inside = true;
      // If the page's queue is an array, its push may drop items. If it is an object, its push may pass them to a queue that nobody
      // reads: then they are pushed again below.
      isDone = guard(() => (wrapped!.apply(old, items), Array.isArray(old)));
      isDone ||= landed.length + queue.length > landedSoFar;
      inside = false;
    }
    if (!isDone) array.push.apply(queue, items);
    // Items that a function pushes while the tracker starts are run by `settle`, after the others.
    if (!isStarting) takeLanded();
  }

  times[0] ||= Date.now();
  // Not by `=`: if the page has frozen Array.prototype, an assignment of `push` would throw.
  for (const live of [old, queue])
    guard(() => Object.defineProperty(live, 'push', { value: push, writable: true, configurable: true }));
  guard(() => (page._kmq = queue));
  // Added before the listeners of the delivery: code that saved the old push may have put items into the old array, and a later
  // script may have made a `_kmq` of its own. These items are sent with the others.
  for (const type of ['DOMContentLoaded', 'pagehide', 'visibilitychange'])
    addEventListener(type, () => (settle(), takeLanded()), true);
  return settle;
}

/**
 * Runs items in their order. An error in one does not stop the others.
 * @param times when each item was pushed, in milliseconds. An item without a time has that of the item before it
 */
function run(km: KM, items: unknown[], times: number[]): void {
  let moment = 0;
  for (let index = 0; index < items.length;) {
    const item = items[index];
    moment = times[index++] || moment;
    runAsOf(moment, () => {
      if (typeof item == 'function') return (item as () => void)();
      // Always a copy: pages push the same array again.
      let command = array.slice.call(asProperties(item)) as unknown[];
      if (isCommand(km, item)) {
        command = [item];
        while (index < items.length && belongs(km, command, items[index])) command.push(items[index++]);
      }
      const [name, ...parameters] = command;
      if (isCommand(km, name)) (km as unknown as Commands)[name]!(...parameters);
      else report('no such command', item);
    });
  }
}

function isCommand(km: KM, name: unknown): name is string {
  return typeof name == 'string' && typeof (km as unknown as Commands)[name] == 'function';
}

/**
 * Whether an item is an argument of the command before it. In the flat form, `_kmq.push('identify', 'bob')`
 * (docs/reference.md#2.1), which two pages of the original's documentation show, command and arguments are items in a row until the
 * tracker has loaded. The arguments end at an array, at a function that is no callback, and at another command.
 */
function belongs(km: KM, command: unknown[], next: unknown): boolean {
  return (
    // Array.isArray throws for a revoked proxy, which is then no argument.
    (guard(() => !Array.isArray(next)) as boolean) &&
    (typeof next != 'function' || typeof command[command.length - 1] == 'object') &&
    !(command.length > 1 && isCommand(km, next))
  );
}
