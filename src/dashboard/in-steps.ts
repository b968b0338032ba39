import { h } from './elements.js';

/** What is shown at once, and again with each press of a button: a page of a hundred thousand elements answers nobody. */
const STEP = 100;

/** Fills a list with the first of many, and offers more of them. */
export function inSteps<T>(list: HTMLElement, items: readonly T[], nodesOf: (item: T) => Node[]): HTMLElement {
  let shown = 0;
  const button = h('button', { type: 'button', class: 'more' });
  const showUpTo = (end: number): void => {
    for (const item of items.slice(shown, end)) list.append(...nodesOf(item));
    shown = Math.min(end, items.length);
    button.textContent = `and ${(items.length - shown).toLocaleString()} more`;
    button.hidden = shown === items.length;
  };
  showUpTo(STEP);
  button.addEventListener('click', () => showUpTo(shown + STEP));
  return button.hidden ? list : h('div', { class: 'in-steps' }, list, button);
}
