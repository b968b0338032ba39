/** The images that have not answered yet. */
const unanswered = new Set<string>();

/**
 * Asks for a 1×1 image, which is how a page tells another host something without waiting for it.
 * @param settled called once with the type of the event that ended it: `load` or `error`
 */
export function sendBeacon(url: string, settled: (outcome: string) => void): void {
  const image = new Image();
  unanswered.add(url);
  image.onload = image.onerror = (event) => {
    unanswered.delete(url);
    settled((event as Event).type);
  };
  image.src = url;
}

/**
 * Images are cancelled as their page goes away, in Firefox all of them
 * (https://github.com/whatwg/html/issues/1655). What was on its way is sent again in the way that outlives the
 * page; by its id the collector knows what had arrived.
 */
export function outliveThePage(): void {
  addEventListener('pagehide', () => unanswered.forEach((url) => navigator.sendBeacon(url)));
}
