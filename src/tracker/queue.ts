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
 * Puts `KM` and the live `_kmq` into the page. The queue is a new array, since some code waits until `_kmq` is another object. The
 * old array still works for code that holds it (https://github.com/segmentio/analytics.js-core/issues/59): both have the same
 * live push. It pushes into the old array with the push that was there before, so a wrapper that the page has put around that one
 * (a debugger, a mirror) sees everything. Then the items in the array are run and removed.
 * @param prepare runs before all commands
 * @param automatic the automatic features: they run after everything that the page has pushed so far
 * @returns starts all this, unless it has started
 */
export function startQueue(prepare: () => void, automatic: () => (() => void)[]): () => void {
  const km = (page.KM = createKM(live));
  const pushed = setting('_kmq');
  const old = (pushed && typeof pushed == 'object' ? pushed : []) as Live;
  let wrapped: Live['push'] | undefined;
  let times: number[] = [];
  guard(() => {
    wrapped = old.push;
    // The loader's mark: pasted a second time, it leaves a queue alone that has it.
    if (Array.isArray(old.t)) times = old.t;
    else old.t = times;
  });
  const queue: Live = [];
  queue.t = times;
  /** Where the page's own push puts items; some push puts them into the new array. */
  let landed: Live = old;
  let settled = false;
  /** True while the page's own push runs: items that it pushes itself do not go through it again. */
  let inside = false;

  function settle(): void {
    if (settled) return;
    settled = true;
    guard(prepare);
    takeLanded();
    run(km, takeOwnQueue(), []);
    run(km, automatic(), []);
    // From here on a push counts with the present moment, and runs after the automatic events.
    times.length = 0;
    while (takeLanded());
    endStart();
  }

  /**
   * Runs before each call of the page. WebKit fires no event when a page is left that has not finished loading, so pushed hits are
   * copied at once.
   */
  function live(): void {
    settle();
    if (!isStarting) openOutbox();
  }

  /** Runs what is in either array, since some code pushes into whatever `_kmq` is at the moment; returns how many items. */
  function takeLanded(): number {
    let items: unknown[] = [];
    for (const from of [landed, queue]) {
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

  // `this` is not used: debuggers save push and call it on objects of their own.
  function push(...items: unknown[]): void {
    live();
    const landedSoFar = landed.length + queue.length;
    // A page that has put the same wrapper around this push as well must not see everything twice.
    const isAround = queue.push != (push as never) && String(queue.push) == String(wrapped);
    let isDone: unknown;
    if (wrapped && !inside && !isAround) {
      inside = true;
      // If the page's queue is a list, it may filter items. If it is an object, it may pass them on to a queue that nobody reads.
      isDone = guard(() => (wrapped!.apply(old, items), Array.isArray(old)));
      isDone ||= landed.length + queue.length > landedSoFar;
      inside = false;
    }
    if (!isDone) array.push.apply(queue, items);
    // What a pushed function pushes while the tracker starts joins the end of the same run.
    if (!isStarting) takeLanded();
  }

  times[0] ||= Date.now();
  // Not by `=`: where built-ins are frozen it would write to theirs.
  for (const live of [old, queue])
    guard(() => Object.defineProperty(live, 'push', { value: push, writable: true, configurable: true }));
  guard(() => (page._kmq = queue));
  // Before the delivery, which sends what waits: a saved push may have left something in the old queue as well.
  for (const type of ['pagehide', 'visibilitychange']) addEventListener(type, () => (settle(), takeLanded()), true);
  // A later script may still declare its own `_kmq`.
  addEventListener('DOMContentLoaded', () => (settle(), takeOwnQueue().forEach((item) => push(item))));
  return settle;
}

/**
 * Runs items in their order. An error in one does not stop the others.
 * @param times when each item was pushed, in milliseconds; a gap is as old as the item before it
 */
function run(km: KM, items: unknown[], times: number[]): void {
  let moment = 0;
  for (let index = 0; index < items.length;) {
    const item = items[index];
    moment = times[index++] || moment;
    runAsOf(moment, () => {
      if (typeof item == 'function') return (item as () => void)();
      // A copy in any case: the original emptied the array, and pages push the same one again.
      let command = array.slice.call(asProperties(item)) as unknown[];
      if (isCommand(km, item)) {
        command = [item];
        while (index < items.length && belongs(km, command, items[index])) command.push(items[index++]);
      }
      const [name, ...parameters] = command;
      if (isCommand(km, name)) (km as unknown as Commands)[name]!(...parameters);
      else report('does not know', item);
    });
  }
}

function isCommand(km: KM, name: unknown): name is string {
  return typeof name == 'string' && typeof (km as unknown as Commands)[name] == 'function';
}

/**
 * The flat form, `_kmq.push('identify', 'bob')` (docs/reference.md#2.1), which two pages of the original's documentation
 * show: before the tracker has loaded it is two items in a row. An argument is what follows, until something else begins: an array, a
 * function that is no callback, another command.
 */
function belongs(km: KM, command: unknown[], next: unknown): boolean {
  return (
    // A revoked proxy throws, and is none.
    (guard(() => !Array.isArray(next)) as boolean) &&
    (typeof next != 'function' || typeof command[command.length - 1] == 'object') &&
    !(command.length > 1 && isCommand(km, next))
  );
}
