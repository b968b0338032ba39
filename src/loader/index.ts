/**
 * The script that is pasted into a page (docs/reference.md#1.1). It makes `_kmq`, notes the time of each push, and loads the
 * tracker. It is built to one line; `fillLoader` replaces the placeholders.
 * If the tracker fails to load, the only effect is an array that grows with each push.
 */
/* eslint-disable prefer-rest-params, no-var, @typescript-eslint/no-unused-vars -- the oldest JavaScript there is, in the fewest bytes. */
type Queue = unknown[] & { t?: number[] };

(function (page: Window & { _kmq?: Queue }, queue: Queue, times: number[]) {
  // An element with this id is no queue, and what is pushed into a <select> would throw.
  if (!queue.push) queue = [] as never;
  // A queue with `t` already has a loader or the tracker: a loader that is pasted twice tracks the page once.
  if (Array.isArray(queue.t)) return;
  queue.t = times;
  queue.push = function () {
    // In a separate list, by index: the queue itself contains only what was pushed.
    times[queue.length] = Date.now();
    // Not `this`: debuggers save push and call it on other objects.
    return times.push.apply(queue, arguments as never);
  };
  page._kmq = queue;
  try {
    var script = document.createElement('script');
    script.src = 'KMQ_ORIGIN/KMQ_KEY.js';
    document.head.appendChild(script);
  } catch (refused) {
    // Trusted Types refuse a URL that a script makes (https://w3c.github.io/trusted-types/dist/spec/), and some pages
    // replace the functions that are called here. The code after the loader in the same script must still run.
  }
})(window, (window as Window & { _kmq?: Queue })._kmq || [], []);
