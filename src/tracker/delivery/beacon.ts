/**
 * Asks for a 1×1 image, which is how a page tells another host something without waiting for it.
 * @param settled called once, when the image has loaded or has failed to
 */
export function sendBeacon(url: string, settled: () => void): void {
  const image = new Image();
  image.onload = image.onerror = settled;
  image.src = url;
}
