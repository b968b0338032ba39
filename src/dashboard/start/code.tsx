import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';

/**
 * Code with a button to copy it. If the browser does not allow access to the clipboard, it can be copied by hand.
 * @param of what it is, for screen readers
 */
export function Code({ of, children }: { of: string; children: string }): ComponentChildren {
  const block = useRef<HTMLPreElement>(null);
  const [done, setDone] = useState<{ text: string; word: string }>();
  const say = (word: string): void => setDone({ text: children, word });
  const select = (): void => {
    getSelection()?.selectAllChildren(block.current!);
    say('Selected');
  };
  const copy = (): void => {
    if (navigator.clipboard) navigator.clipboard.writeText(children).then(() => say('Copied'), select);
    else select();
  };
  // If the code has changed since, the new one was not copied yet.
  const word = done?.text === children ? done.word : 'Copy';
  return (
    <div class="code">
      <pre ref={block} tabIndex={0}>
        <code>{children}</code>
      </pre>
      <button type="button" class="copy" aria-label={`${word}: ${of}`} onClick={copy}>
        {word}
      </button>
    </div>
  );
}
