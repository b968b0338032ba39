import { BATCH } from '../../protocol/parameters.js';
import { page } from '../page/globals.js';
import { IMAGE, type Way } from './ways.js';

/** How long an answer may take. */
const REQUEST_TIMEOUT_MS = 15_000;

/** The collector's answer to what it has stored is a transparent pixel. */
const PIXEL_BYTES = 43;

const to = (path: string | undefined): string => page.KM_COLLECTOR! + path!;

/**
 * Sends hits in one request.
 * @param lines paths and queries, one only where it is an image
 * @param settle called once, with whether they have been acknowledged: by a picture of one pixel, since others answer as
 *   well, a service worker, a portal. Not a promise: an image needs none, and some pages have replaced theirs
 */
export function request(lines: string[], way: Way, settle: ((delivered: boolean) => void) | undefined): void {
  let image: HTMLImageElement | undefined;
  const end = (delivered: boolean): void => {
    clearTimeout(timer);
    settle?.(delivered);
    settle = undefined;
  };
  // Once the task is over: some browsers tell of a refused request before they tell that a policy has refused it.
  const fail = (): unknown => setTimeout(end, 0, false);
  const timer = setTimeout(() => {
    end(false);
    // Gives the connection back: a host gets six of them.
    if (image) image.src = '';
  }, REQUEST_TIMEOUT_MS);
  if (way == IMAGE) {
    image = new Image();
    image.onload = () => end(image!.naturalWidth * image!.naturalHeight == 1);
    image.onerror = fail;
    image.src = to(lines[0]);
    return;
  }
  try {
    fetch(to(BATCH), {
      // What the page has added to every object is none of the options.
      // @ts-expect-error -- TypeScript takes it for an option.
      __proto__: null,
      method: 'POST',
      body: lines.join('\n'),
      signal: AbortSignal.timeout?.(REQUEST_TIMEOUT_MS),
    })
      .then((response) =>
        // Its body and not its length: what is compressed on its way has none.
        response
          .blob()
          .then(({ size, type }) => end(response.status == 200 && size == PIXEL_BYTES && type == 'image/gif')),
      )
      .catch(fail);
  } catch {
    // Pages have replaced it by something else.
    fail();
  }
}

/** Sends hits in a way that outlives the page, and returns whether the browser has taken them; nobody hears of more. */
export function beacon(lines: string[]): boolean {
  try {
    return page.KM_PLAIN ? navigator.sendBeacon(to(lines[0])) : navigator.sendBeacon(to(BATCH), lines.join('\n'));
  } catch {
    return false;
  }
}
