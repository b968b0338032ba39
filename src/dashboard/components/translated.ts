import { options } from 'preact';

/**
 * Keeps a page true that the browser has translated. Chromium replaces each text by an element `<font>` with the translation. Preact
 * would go on to change the text that is no longer in the page (https://github.com/facebook/react/issues/11538): old numbers would
 * stay beside new ones. So the texts are put back before the page is rendered again, and the browser translates the new ones.
 */
export function keepTranslated(): void {
  const texts = new Map<Element, Text>();
  const remember = (changes: MutationRecord[]): void => {
    for (const { removedNodes, addedNodes, previousSibling, nextSibling } of changes) {
      const translation = [...addedNodes, previousSibling, nextSibling].find((node) => node?.nodeName === 'FONT');
      for (const node of removedNodes) if (translation && node instanceof Text) texts.set(translation as Element, node);
    }
  };
  const observer = new MutationObserver(remember);
  observer.observe(document.body, { childList: true, subtree: true });
  options.debounceRendering = (render) =>
    queueMicrotask(() => {
      remember(observer.takeRecords());
      for (const [translation, text] of texts) translation.replaceWith(text);
      texts.clear();
      render();
    });
}
