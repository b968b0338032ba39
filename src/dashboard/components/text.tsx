import type { ComponentChildren } from 'preact';
import { isBlank, shown } from '../bidi.js';

export interface TextProps {
  children: string;
  strong?: boolean;
  /** Shown in one line, and cut if it does not fit. The title has the whole text. */
  cut?: boolean;
}

/**
 * Text that visitors or pages have sent. Its direction does not affect text beside it. An empty text is shown as “(empty)”, and one of
 * which nothing can be seen as “(blank)”.
 */
export function Text({ children, strong = false, cut = false }: TextProps): ComponentChildren {
  // An address may contain anything where a text should be.
  const text = typeof children === 'string' ? children : JSON.stringify(children ?? null);
  if (isBlank(text)) return <span class="quiet">{shown(text)}</span>;
  const names = ['text', strong && 'strong', cut && 'cut'].filter(Boolean).join(' ');
  return (
    <bdi class={names} dir="auto" {...(cut && { title: text })}>
      {shown(text)}
    </bdi>
  );
}

/** The value of a property. A missing value looks different from the text “None”. */
export function Value({ value, cut = false }: { value: string | null; cut?: boolean }): ComponentChildren {
  return value === null ? <span class="quiet">(not set)</span> : <Text cut={cut}>{value}</Text>;
}
