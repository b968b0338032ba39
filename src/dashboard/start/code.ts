import { h } from '../elements.js';

/** Code to be copied: by the button, or by hand where the browser lets no page write to the clipboard. */
export function code(text: string): HTMLElement {
  const block = h('pre', { tabindex: 0 }, h('code', {}, text));
  const button = h('button', { type: 'button', class: 'copy' }, 'Copy');
  button.addEventListener('click', () => {
    const done = (): void => void (button.textContent = 'Copied');
    const select = (): void => {
      getSelection()?.selectAllChildren(block);
      button.textContent = 'Selected';
    };
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, select);
    else select();
  });
  return h('div', { class: 'code' }, block, button);
}
