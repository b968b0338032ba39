import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * True while the component is being removed, as by the browser's Back. A browser says that a field with the focus is left when it is
 * removed, and that its text has changed, but the reader has not left it.
 */
export function useRemoval(): { readonly current: boolean } {
  const isRemoved = useRef(false);
  useLayoutEffect(() => () => void (isRemoved.current = true), []);
  return isRemoved;
}
