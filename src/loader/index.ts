/**
 * What is pasted into a page (docs/reference.md#1.1): `_kmq` takes commands from now on, each with the moment of its push
 * beside it, and the tracker is loaded. Built to one line; the placeholders are filled in where it is printed.
 * A script that fails to load leaves an array that grows by what the page pushes, and nothing else.
 */
/* eslint-disable prefer-rest-params, no-var, @typescript-eslint/no-unused-vars -- the oldest JavaScript there is, in the fewest bytes. */
type Queue = unknown[] & { t?: number[] };

(function (page: Window & { _kmq?: Queue }, queue: Queue, times: number[]) {
  // A queue with times has a loader or the tracker already: pasted twice, the page is tracked once.
  if (Array.isArray(queue.t)) return;
  queue.t = times;
  queue.push = function () {
    // By position, so that whoever reads the queue finds what was pushed and nothing else.
    times[queue.length] = Date.now();
    // Not `this`: debuggers save push and call it on objects of their own.
    return times.push.apply(queue, arguments as never);
  };
  page._kmq = queue;
  try {
    var script = document.createElement('script');
    script.src = 'KMQ_ORIGIN/KMQ_KEY.js';
    document.head.appendChild(script);
  } catch (refused) {
    // Trusted Types refuse an address that a script makes (https://w3c.github.io/trusted-types/dist/spec/), and pages
    // replace what is called here. What stands below the loader in the same script goes on, and commands wait.
  }
})(window, (window as Window & { _kmq?: Queue })._kmq || [], []);
