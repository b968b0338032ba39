import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * True while the component is being removed, as by the browser's Back. When a field with the focus is removed, the browser sends
 * `blur` and perhaps `change`, although the reader has not left the field.
 */
export function useRemoval(): { readonly current: boolean } {
  const isRemoved = useRef(false);
  useLayoutEffect(() => () => void (isRemoved.current = true), []);
  return isRemoved;
}
