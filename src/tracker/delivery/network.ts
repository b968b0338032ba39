import { BATCH } from '../../protocol/parameters.js';
import { page } from '../page/globals.js';
import { IMAGE, type Way } from './ways.js';

/** How long an answer may take. */
const REQUEST_TIMEOUT_MS = 15_000;

/** The size of the transparent pixel with which the collector acknowledges hits. */
const PIXEL_BYTES = 43;

const to = (path: string | undefined): string => page.KM_COLLECTOR! + path!;

/**
 * Sends hits in one request.
 * @param lines paths and queries; only one for an image
 * @param settle called once, with whether the hits have been acknowledged. Only an image of one pixel is an acknowledgement: a
 *   service worker or a captive portal may answer as well. Not a promise, since some pages replace `Promise`
 */
export function request(lines: string[], way: Way, settle: ((delivered: boolean) => void) | undefined): void {
  let image: HTMLImageElement | undefined;
  const end = (delivered: boolean): void => {
    clearTimeout(timer);
    settle?.(delivered);
    settle = undefined;
  };
  // In a later task: some browsers report a blocked request before they report the policy that blocked it.
  const fail = (): unknown => setTimeout(end, 0, false);
  const timer = setTimeout(() => {
    end(false);
    // Cancels the request: browsers open only six connections to a host.
    if (image) image.src = '';
  }, REQUEST_TIMEOUT_MS);
  try {
    if (way == IMAGE) {
      image = new Image();
      image.onload = () => end(image!.naturalWidth * image!.naturalHeight == 1);
      image.onerror = fail;
      image.src = to(lines[0]);
    } else
      fetch(to(BATCH), {
        // Without a prototype: what the page has added to Object.prototype must not be read as an option.
        // @ts-expect-error -- TypeScript takes it for an option.
        __proto__: null,
        method: 'POST',
        body: lines.join('\n'),
        signal: AbortSignal.timeout?.(REQUEST_TIMEOUT_MS),
      })
        .then((response) =>
          // The body is measured, since a response that a proxy compresses has no Content-Length.
          response
            .blob()
            .then(({ size, type }) => end(response.status == 200 && size == PIXEL_BYTES && type == 'image/gif')),
        )
        .catch(fail);
  } catch {
    // Some pages replace `fetch` or `Image`.
    fail();
  }
}

/** Sends hits by a request that outlives the page. Returns whether the browser has queued it; its answer cannot be read. */
export function beacon(lines: string[]): boolean {
  try {
    return page.KM_PLAIN ? navigator.sendBeacon(to(lines[0])) : navigator.sendBeacon(to(BATCH), lines.join('\n'));
  } catch {
    return false;
  }
}
