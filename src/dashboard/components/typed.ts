import { useState } from 'preact/hooks';
import { useRemoval } from './removal.js';

interface TypedField {
  value: string;
  onInput: (event: { currentTarget: HTMLInputElement }) => void;
  onChange: (event: { currentTarget: HTMLInputElement }) => void;
  onBlur: () => void;
}

/**
 * The attributes of a field whose text is applied when it is left. The page may be rendered again before that, for example because an
 * answer arrives: without this, the field would then show its former value again. If the value itself changes, as by Back, what was typed no
 * longer counts.
 */
export function useTyped(value: string, apply: (text: string) => void): TypedField {
  const [typed, setTyped] = useState<{ over: string; text: string }>();
  const isRemoved = useRemoval();
  const end = (): void => setTyped(undefined);
  return {
    value: typed?.over === value ? typed.text : value,
    onInput: ({ currentTarget }) => setTyped({ over: value, text: currentTarget.value }),
    onChange: ({ currentTarget }) => {
      if (isRemoved.current) return;
      end();
      apply(currentTarget.value);
    },
    // A browser sends no `change` if the field is left with the text that it had before.
    onBlur: end,
  };
}
