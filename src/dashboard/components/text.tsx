import type { ComponentChildren } from 'preact';

export interface TextProps {
  children: string;
  strong?: boolean;
  /** In one line, cut where it does not fit: all of it is in its title. */
  cut?: boolean;
}

/** Text from outside. It turns nothing beside it, whichever way it runs. An empty one is said to be empty. */
export function Text({ children, strong = false, cut = false }: TextProps): ComponentChildren {
  if (children === '') return <span class="quiet">(empty)</span>;
  const names = ['text', strong && 'strong', cut && 'cut'].filter(Boolean).join(' ');
  return (
    <bdi class={names} dir="auto" {...(cut && { title: children })}>
      {children}
    </bdi>
  );
}

/** The value of a property; one that is not set is none that reads “None”. */
export function Value({ value, cut = false }: { value: string | null; cut?: boolean }): ComponentChildren {
  return value === null ? <span class="quiet">(not set)</span> : <Text cut={cut}>{value}</Text>;
}
