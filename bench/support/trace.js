import { Buffer } from 'node:buffer';

/** What a trace needs for `mainThread`: tasks, and how JavaScript is entered. */
export const CATEGORIES = ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'v8', 'v8.execute'];

/** The events with which JavaScript begins to run: scripts, callbacks, and reactions of promises. */
const ENTRIES = new Set([
  'EvaluateScript',
  'v8.compile',
  'v8.callFunction',
  'v8.newInstance',
  'FunctionCall',
  'TimerFire',
  'RunMicrotasks',
]);

/**
 * How long JavaScript ran on the main thread of the page, in milliseconds, and the longest task that contained any.
 * The page has no JavaScript but its tracker's, so all of it counts, whoever calls it.
 * @param trace what puppeteer gives
 * @param script address by which the page's thread is known among those of the browser
 */
export function mainThread(trace, script) {
  const { traceEvents } = JSON.parse(Buffer.from(trace).toString());
  const known = traceEvents.find(({ args }) => args?.data?.url === script);
  if (!known) throw new Error(`${script} is not in the trace`);
  const events = traceEvents
    .filter(({ pid, tid, ph }) => pid === known.pid && tid === known.tid && ph === 'X')
    .sort((a, b) => a.ts - b.ts || b.dur - a.dur);
  const entries = outermost(events.filter(({ name, args }) => ENTRIES.has(name) && !own(args)));
  const tasks = events.filter(({ name }) => name === 'RunTask');
  const around = (entry) => tasks.find(({ ts, dur }) => ts <= entry.ts && entry.ts < ts + dur) ?? entry;
  return {
    script: entries.reduce((sum, { dur }) => sum + dur, 0) / 1000,
    longest: Math.max(...entries.map((entry) => around(entry).dur)) / 1000,
  };
}

/** Whether the code is that of the browser's driver, which also runs in the page. */
const own = (args) => args?.data?.url?.startsWith('pptr:') || args?.fileName?.startsWith('pptr:');

/** The outermost of nested events, so that no time counts twice. */
function outermost(events) {
  let end = 0;
  return events.filter(({ ts, dur }) => {
    if (ts < end) return false;
    end = ts + dur;
    return true;
  });
}
