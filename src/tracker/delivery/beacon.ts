/**
 * Asks for a 1×1 image, which is how a page tells another host something without waiting for it.
 * @param settled called once with the type of the event that ended it: `load` or `error`
 */
export function sendBeacon(url: string, settled: (outcome: string) => void): void {
  const image = new Image();
  image.onload = image.onerror = (event) => settled((event as Event).type);
  image.src = url;
}
