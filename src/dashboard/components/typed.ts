import { useState } from 'preact/hooks';

interface TypedField {
  value: string;
  onInput: (event: { currentTarget: HTMLInputElement }) => void;
  onChange: (event: { currentTarget: HTMLInputElement }) => void;
}

/**
 * The attributes of a field whose text is applied when it is left. The page may be rendered again before that, for example because an
 * answer arrives: without this, the field would then show its former value again.
 */
export function useTyped(value: string, apply: (text: string) => void): TypedField {
  const [typed, setTyped] = useState<string>();
  return {
    value: typed ?? value,
    onInput: ({ currentTarget }) => setTyped(currentTarget.value),
    onChange: ({ currentTarget }) => {
      setTyped(undefined);
      apply(currentTarget.value);
    },
  };
}
