import { useEffect, useState } from 'preact/hooks';
import { typedText } from '../pasted.js';
import { currentKey } from '../site.js';
import { onEvents } from '../window-events.js';

const inField = (): string => {
  const field = document.querySelector<HTMLInputElement>('#key');
  return (field && typedText(field.value).trim()) || currentKey();
};

/**
 * The key in the field *Site*, also while it is being typed: a reader who copies the snippet before pressing Enter would else copy the
 * one of another site. An empty field stands for the current site, as it does after Enter.
 */
export function useTypedKey(): string {
  const [key, setKey] = useState(inField);
  useEffect(() => onEvents(['input', 'change'], () => setKey(inField())), []);
  return key;
}
