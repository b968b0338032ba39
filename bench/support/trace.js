import { Buffer } from 'node:buffer';

/** The categories of trace events that `mainThread` needs: tasks, and the starts of JavaScript. */
export const CATEGORIES = ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'v8', 'v8.execute'];

/** The events that show that JavaScript runs: scripts, callbacks, and reactions of promises. */
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
 * How long JavaScript ran on the main thread of the page, and the longest task with JavaScript, both in milliseconds. The page has no
 * other JavaScript than the tracker's, so all of it counts.
 * @param trace from puppeteer
 * @param script URL of a script of the page, by which the page's thread is found among all threads of the browser
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

/** Whether the code belongs to puppeteer, which also runs JavaScript in the page. */
const own = (args) => args?.data?.url?.startsWith('pptr:') || args?.fileName?.startsWith('pptr:');

/** Events without those that are nested in another one, so that no time is counted twice. */
function outermost(events) {
  let end = 0;
  return events.filter(({ ts, dur }) => {
    if (ts < end) return false;
    end = ts + dur;
    return true;
  });
}
