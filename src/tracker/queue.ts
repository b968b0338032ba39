import { asProperties } from './commands/properties.js';
import { trace } from './console.js';
import { given, page } from './page/globals.js';
import { takeOwnQueue } from './page/own-queue.js';
import { runAsOf } from './time.js';
import type { KM } from './types.js';

type Commands = Record<string, (...parameters: unknown[]) => unknown>;
type Live = unknown[] & { t?: number[] };

/** The most arguments of each command that can be pushed flat, `_kmq.push('identify', 'bob')`. */
const FLAT_ARGUMENTS: Partial<Record<keyof KM, number>> = {
  record: 3,
  set: 2,
  identify: 1,
  alias: 2,
  ab: 3,
  trackClick: 3,
  trackClickOnOutboundLink: 3,
  trackSubmit: 3,
  trackForm: 3,
  consent: 1,
};

/**
 * Runs what the page has pushed so far, in its order, and from then on at once (reference section 2).
 * The queue stays the object that it was: code that holds it, or has replaced its push, goes on working
 * (https://github.com/segmentio/analytics.js-core/issues/59).
 * @param automatic what is tracked unasked: after what the page has pushed so far, before what that pushes
 */
export function startQueue(km: KM, automatic: (() => void)[]): void {
  const pushed = given('_kmq');
  const queue = (pushed && typeof pushed == 'object' ? pushed : []) as Live;
  const times: unknown[] & number[] = queue.t || [];
  times[0] ||= times[queue.length] = Date.now();
  times.push.apply(queue, [...takeOwnQueue(), ...automatic] as never);
  run(km, queue, times);
  queue.length = 0;
  // The loader's mark: pasted a second time, it leaves this queue alone.
  queue.t = [];
  // `this` is not used: debuggers save push and call it on objects of their own.
  queue.push = (...items: unknown[]) => run(km, items, []) as never;
  page._kmq = queue;
  // A script further down may declare one of its own all the same.
  for (const type of ['DOMContentLoaded', 'load']) addEventListener(type, () => queue.push(...takeOwnQueue()));
}

/**
 * Runs items in their order. The length is read anew each time: what a pushed function pushes while the
 * tracker starts joins the end of the same run.
 * @param times when each item was pushed, in milliseconds; a gap is as old as the item before it
 */
function run(km: KM, items: ArrayLike<unknown>, times: number[]): void {
  let moment = 0;
  for (let index = 0; index < items.length;) {
    const item = items[index];
    moment = times[index++] || moment;
    let command: unknown[];
    if (isCommand(km, item)) {
      command = [item];
      while (index < items.length && belongs(km, command, items[index])) command.push(items[index++]);
    } else {
      // Copied: the original emptied the array, and pages push the same one again.
      command = Array.from(asProperties(item) as unknown as unknown[]);
    }
    const [name, ...parameters] = command;
    if (typeof item == 'function') runAsOf(moment, item as () => void);
    else if (isCommand(km, name)) runAsOf(moment, () => (km as unknown as Commands)[name]!(...parameters));
    else trace('does not know', item);
  }
}

function isCommand(km: KM, name: unknown): name is string {
  return typeof name == 'string' && typeof (km as unknown as Commands)[name] == 'function';
}

/**
 * The flat form, `_kmq.push('identify', 'bob')`, which two pages of the specification show: before the
 * tracker has loaded it is two items in a row. An argument is what follows, until the command has all it
 * can take or something else begins: an array, a function that is no callback, another command.
 */
function belongs(km: KM, [name, ...taken]: unknown[], next: unknown): boolean {
  return (
    taken.length < FLAT_ARGUMENTS[name as keyof KM]! &&
    !Array.isArray(next) &&
    (typeof next != 'function' || typeof taken[taken.length - 1] == 'object') &&
    !(taken.length && isCommand(km, next))
  );
}
