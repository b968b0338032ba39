import { h } from './elements.js';

/** What is shown at once, and again with each press of a button: a page of a hundred thousand elements answers nobody. */
const STEP = 100;

/** How many of each list are shown, for as long as the page is there: a list that is drawn again stays as long. */
const shownOf = new Map<string, number>();

/**
 * Fills a list with the first of many, and offers more of them.
 * @param name remembers how many are shown, where the list will be drawn again
 */
export function inSteps<T>(
  list: HTMLElement,
  items: readonly T[],
  nodesOf: (item: T) => Node[],
  name?: string,
): HTMLElement {
  let shown = 0;
  const button = h('button', { type: 'button', class: 'more', id: name && `more-${name}` });
  const showUpTo = (end: number): void => {
    for (const item of items.slice(shown, end)) list.append(...nodesOf(item));
    shown = Math.min(end, items.length);
    if (name !== undefined) shownOf.set(name, Math.max(shown, STEP));
    button.textContent = `and ${(items.length - shown).toLocaleString()} more`;
    button.hidden = shown === items.length;
  };
  showUpTo((name !== undefined && shownOf.get(name)) || STEP);
  button.addEventListener('click', () => showUpTo(shown + STEP));
  return button.hidden ? list : h('div', { class: 'in-steps' }, list, button);
}
