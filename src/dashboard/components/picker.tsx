import type { ComponentChildren } from 'preact';
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import { foldText } from '../../protocol/fold.js';
import { number } from '../format.js';
import { Text } from './text.js';

/** Names that are offered at a time: who looks for another one types some of its letters. */
const OFFERED = 50;

export interface PickerProps {
  /** What is picked, for who does not see it. */
  label: string;
  value: string;
  /** Those that the site has sent, the most used first; any other may be typed. */
  names: readonly { name: string; people?: number }[];
  onChange: (value: string) => void;
  placeholder?: string;
  invalid?: boolean;
  /** It has the focus as soon as it is there. */
  focused?: boolean;
}

/** A field for the name of an event or a property, which offers those of the site (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/). */
export function Picker({
  label,
  value,
  names,
  onChange,
  placeholder = 'Type to find',
  invalid = false,
  focused = false,
}: PickerProps): ComponentChildren {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const [isOpen, setOpen] = useState(false);
  // Until something is typed, all are offered: whoever opens it wants to see what there is.
  const [isTyped, setTyped] = useState(false);
  const [at, setAt] = useState(-1);
  const folded = useMemo(() => names.map(({ name }) => foldText(name)), [names]);
  const searched = isTyped ? foldText(value.trim()) : '';
  const offered = isOpen ? names.filter((_, index) => folded[index]!.includes(searched)).slice(0, OFFERED) : [];

  useEffect(() => {
    if (focused) input.current!.focus();
  }, []);
  useEffect(() => list.current?.children[at]?.scrollIntoView({ block: 'nearest' }), [at]);

  const open = (): void => {
    setTyped(false);
    setAt(-1);
    setOpen(true);
  };
  const pick = (name: string): void => {
    onChange(name);
    setOpen(false);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!isOpen) return open();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setAt(at < 0 && step < 0 ? offered.length - 1 : (at + step + offered.length) % Math.max(1, offered.length));
    } else if (event.key === 'Enter' && isOpen && offered[at]) {
      event.preventDefault();
      pick(offered[at].name);
    } else if (event.key === 'Escape' && isOpen) {
      event.preventDefault();
      setOpen(false);
    }
  };

  return (
    <span class="picker">
      <input
        ref={input}
        role="combobox"
        aria-label={label}
        aria-expanded={offered.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={offered[at] ? `${id}-${at}` : undefined}
        aria-invalid={invalid || undefined}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        dir="auto"
        placeholder={placeholder}
        value={value}
        title={value}
        onInput={(event) => {
          onChange(event.currentTarget.value);
          setTyped(true);
          setAt(-1);
          setOpen(true);
        }}
        onFocus={(event) => event.currentTarget.select()}
        onClick={open}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <ul
        ref={list}
        id={`${id}-list`}
        role="listbox"
        aria-label={label}
        hidden={offered.length === 0}
        // The field keeps the focus while one is picked.
        onMouseDown={(event) => event.preventDefault()}
      >
        {offered.map(({ name, people }, index) => (
          <li key={name} id={`${id}-${index}`} role="option" aria-selected={index === at} onClick={() => pick(name)}>
            <Text cut>{name}</Text>
            {people !== undefined && <span class="quiet">{number(people)}</span>}
          </li>
        ))}
      </ul>
    </span>
  );
}
