import { useEffect, useState } from 'preact/hooks';
import { REACHED } from './kept-focus.js';

/**
 * The place in a page, to which the browser's Back returns. The browser's own cache for Back has no pages with `Cache-Control:
 * no-store`, such as those behind a login (https://web.dev/articles/bfcache). So the scroll position, the element with the focus, and
 * what was opened and typed are stored in the page's entry of the browser's history.
 */
interface Place {
  y: number;
  /** The element with the focus: what it is, and its place among all that can have the focus. */
  focus?: { name: string; at: number };
  kept: Record<string, unknown>;
}

const place = history.state as Partial<Place> | null;
const kept: Record<string, unknown> = { ...place?.kept };

/** A state that comes back with the page. @param name must be unique in the page */
export function useKept<T>(name: string, first: T): [T, (next: T) => void] {
  const [value, setValue] = useState<T>(() => (Object.hasOwn(kept, name) ? (kept[name] as T) : first));
  useEffect(() => void (kept[name] = value), [name, value]);
  return [value, setValue];
}

/** How long the page may take until it is as high as it was, in milliseconds. */
const PATIENCE_MS = 10_000;

/** Events after which the page is not scrolled any more: the reader has begun to use it. */
const ACTS = ['keydown', 'pointerdown', 'wheel', 'touchstart'];

const reachedIn = (page: HTMLElement): HTMLElement[] => [...page.querySelectorAll<HTMLElement>(REACHED)];

const nameOf = (element: Element): string =>
  element.getAttribute('href') ??
  `${element.tagName} ${element.id || element.getAttribute('aria-label') || element.textContent}`;

/** Keeps the place in the page until it is left, and returns to it once the answers are there. */
export function keepPlace(page: HTMLElement): void {
  addEventListener('pagehide', () => {
    const { activeElement } = document;
    const at = reachedIn(page).indexOf(activeElement as HTMLElement);
    // For people who use the keyboard. Others would see an outline that they have not seen before.
    const focus = at >= 0 && activeElement!.matches(':focus-visible') && { name: nameOf(activeElement!), at };
    history.replaceState({ y: scrollY, ...(focus && { focus }), kept } satisfies Place, '');
  });
  if (place?.y !== undefined) goBackTo(place as Place, page);
}

function goBackTo({ y, focus }: Place, page: HTMLElement): void {
  const observer = new MutationObserver(() => {
    if (page.querySelector('[aria-busy=true]') || document.documentElement.scrollHeight < y + innerHeight) return;
    const all = reachedIn(page);
    const [nearest] = all
      .filter((element) => nameOf(element) === focus?.name)
      .sort((one, other) => Math.abs(all.indexOf(one) - focus!.at) - Math.abs(all.indexOf(other) - focus!.at));
    if (focus && !nearest) return;
    stop();
    nearest?.focus({ preventScroll: true });
    scrollTo(0, y);
  });
  const stop = (): void => {
    observer.disconnect();
    for (const act of ACTS) removeEventListener(act, stop);
  };
  for (const act of ACTS) addEventListener(act, stop);
  setTimeout(stop, PATIENCE_MS);
  observer.observe(page, { childList: true, subtree: true, attributes: true, attributeFilter: ['aria-busy'] });
}
