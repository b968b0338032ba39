/** Elements that can have the focus. */
export const REACHED = 'a[href], button, input, select, summary, [tabindex]';

/**
 * Keeps the focus in the page. If the element with the focus is removed, such as a row with its button, the nearest element before it
 * gets the focus. Only for people who use the keyboard: on a phone, a field that gets the focus opens the keyboard.
 */
export function keepFocus(page: HTMLElement): void {
  /** The element with the focus and those before it, the nearest first. */
  let way: HTMLElement[] = [];
  document.addEventListener('focusin', ({ target }) => {
    way = [];
    if (!(target as HTMLElement).matches(':focus-visible')) return;
    const all = [...page.querySelectorAll<HTMLElement>(REACHED)];
    way = all.slice(0, all.indexOf(target as HTMLElement) + 1).reverse();
  });
  document.addEventListener('pointerdown', () => (way = []));
  new MutationObserver(() => {
    if (way.length === 0 || way[0]!.isConnected || document.activeElement !== document.body) return;
    for (const element of [...way, page]) {
      element.focus();
      // An element that is removed, disabled or hidden does not take the focus.
      if (document.activeElement === element) return;
    }
  }).observe(page, { childList: true, subtree: true });
}
