import { BATCH } from '../../protocol/parameters.js';
import { page } from '../page/globals.js';
import type { Way } from './ways.js';

/** How long an answer may take. */
const REQUEST_TIMEOUT_MS = 15_000;

/** The collector's answer to what it has stored is a transparent pixel. */
const PIXEL_BYTES = 43;

/**
 * Sends hits in one request.
 * @param lines paths and queries, one only where it is an image
 * @param settle called once, with whether they have been acknowledged: by a picture of one pixel, since others answer as
 *   well, a service worker, a portal. Not a promise: an image needs none, and some pages have replaced theirs
 */
export function request(lines: string[], way: Way, settle: (delivered: boolean) => void): void {
  let stop = (): void => {};
  const end = (delivered: boolean): void => {
    clearTimeout(timer);
    const once = settle;
    settle = () => {};
    once(delivered);
  };
  // Once the task is over: some browsers tell of a refused request before they tell that a policy has refused it.
  const fail = (): unknown => setTimeout(end, 0, false);
  const timer = setTimeout(() => {
    stop();
    end(false);
  }, REQUEST_TIMEOUT_MS);
  if (way == 'img-src') {
    const image = new Image();
    image.onload = () => end(image.naturalWidth == 1 && image.naturalHeight == 1);
    image.onerror = fail;
    stop = () => {
      image.onload = image.onerror = null;
      // Gives the connection back: a host gets six of them.
      image.src = '';
    };
    image.src = page.KM_COLLECTOR + lines[0]!;
    return;
  }
  try {
    const controller = new AbortController();
    stop = () => controller.abort();
    fetch(page.KM_COLLECTOR + BATCH, { method: 'POST', body: lines.join('\n'), signal: controller.signal })
      // Its body and not its length: what is compressed on its way has none.
      .then(async (response) => {
        const { size, type } = await response.blob();
        end(response.status == 200 && size == PIXEL_BYTES && type == 'image/gif');
      })
      .catch(fail);
  } catch {
    // Pages have replaced it by something else.
    fail();
  }
}

/** Sends hits in a way that outlives the page, and returns whether the browser has taken them; nobody hears of more. */
export function beacon(lines: string[]): boolean {
  try {
    return page.KM_PLAIN
      ? navigator.sendBeacon(page.KM_COLLECTOR + lines[0]!)
      : navigator.sendBeacon(page.KM_COLLECTOR + BATCH, lines.join('\n'));
  } catch {
    return false;
  }
}
