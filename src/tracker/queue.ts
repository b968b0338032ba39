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
 * Puts `KM` and the live `_kmq` into the page. The queue is a new array, since some code waits for another object to be
 * there, and the old one goes on working for whoever holds it
 * (https://github.com/segmentio/analytics.js-core/issues/59): both have the same live push. It pushes into the old array by the push that was there: what a page has put around that before the
 * load, debuggers and mirrors among it, sees everything. Then what has landed there is run and taken out.
 * @param prepare what comes before all commands
 * @param automatic what is tracked unasked: after what the page has pushed so far, before all that it pushes later
 * @returns what runs all that, if nobody has yet
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
  /** While the page's own push runs: what it pushes itself does not go through it a second time. */
  let inside = false;

  function settle(): void {
    if (settled) return;
    settled = true;
    guard(prepare);
    takeLanded();
    run(km, takeOwnQueue(), []);
    run(km, automatic(), []);
    // What is pushed from here on counts with the present moment: it is run behind the automatic events.
    times.length = 0;
    while (takeLanded());
    endStart();
  }

  /**
   * Before whatever the page calls. WebKit tells nobody that a page is left which has not finished loading: what is pushed
   * is copied at once.
   */
  function live(): void {
    settle();
    if (!isStarting) openOutbox();
  }

  /** Runs what is in either array, since some code pushes into whatever `_kmq` is at the moment; returns how many items. */
  function takeLanded(): number {
    let items: unknown[] = [];
    for (const from of [landed, queue]) {
      // A frozen queue cannot be emptied, and takes nothing more either.
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
    // A page that has put the same wrapper around this push, too, is not to see everything twice.
    const isAround = queue.push != (push as never) && String(queue.push) == String(wrapped);
    let isDone: unknown;
    if (wrapped && !inside && !isAround) {
      inside = true;
      // A list that takes things out decides; an object that passes them on does so to a queue that nobody reads any more.
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
  // A script further down may declare one of its own all the same.
  addEventListener('DOMContentLoaded', () => (settle(), takeOwnQueue().forEach((item) => push(item))));
  return settle;
}

/**
 * Runs items in their order; what goes wrong with one stops nothing.
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
