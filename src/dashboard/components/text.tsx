import type { ComponentChildren } from 'preact';

export interface TextProps {
  children: string;
  strong?: boolean;
  /** Shown in one line, and cut if it does not fit. The title has the whole text. */
  cut?: boolean;
}

/** Text that visitors or pages have sent. Its direction does not affect text beside it. An empty text is shown as “(empty)”. */
export function Text({ children, strong = false, cut = false }: TextProps): ComponentChildren {
  if (children === '') return <span class="quiet">(empty)</span>;
  const names = ['text', strong && 'strong', cut && 'cut'].filter(Boolean).join(' ');
  return (
    <bdi class={names} dir="auto" {...(cut && { title: children })}>
      {children}
    </bdi>
  );
}

/** The value of a property. A missing value looks different from the text “None”. */
export function Value({ value, cut = false }: { value: string | null; cut?: boolean }): ComponentChildren {
  return value === null ? <span class="quiet">(not set)</span> : <Text cut={cut}>{value}</Text>;
}
