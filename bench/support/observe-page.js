/* global document, window, MutationObserver, PerformanceObserver, requestAnimationFrame, MessageChannel */

/**
 * Runs in a page before its own scripts. It stores in `window.observed`:
 * - when an element that matches each selector was painted and the main thread was free for a task
 * - when progress was shown
 * - how much the page's elements moved: the sum of all layout shifts, not only of the worst session window (https://web.dev/articles/cls)
 * - how long tasks took that began after the page was loaded; only tasks over 50 ms are reported (https://w3c.github.io/longtasks/)
 */
export function observePage(usable, numbers) {
  const observed = (window.observed = { shift: 0, tasks: [] });
  const wanted = { usable, numbers, progress: 'progress' };
  const note = (name) =>
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => (observed[name] ??= performance.now());
      port2.postMessage(null);
    });
  const look = () => {
    for (const [name, selector] of Object.entries(wanted)) {
      if (!document.querySelector(selector)) continue;
      delete wanted[name];
      note(name);
    }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
  new PerformanceObserver((list) => {
    for (const { value } of list.getEntries()) observed.shift += value;
  }).observe({ type: 'layout-shift', buffered: true });
  new PerformanceObserver((list) => {
    const [{ loadEventEnd }] = performance.getEntriesByType('navigation');
    for (const { startTime, duration } of list.getEntries()) {
      if (loadEventEnd > 0 && startTime >= loadEventEnd) observed.tasks.push(duration);
    }
  }).observe({ type: 'longtask', buffered: true });
}
