import { useEffect, useRef } from 'preact/hooks';

/**
 * Calls a function after a tap or click outside an element. Not every selection ends with the focus: a finger that moves over a chart
 * selects a point and gives no focus, and on iOS a tap on text takes none (https://github.com/chartjs/Chart.js/issues/7738). A
 * finger that scrolls the page is no tap: its pointer is cancelled.
 */
export function useTapElsewhere(element: { current: Element | null }, onTap: () => void): void {
  const latest = useRef(onTap);
  latest.current = onTap;
  useEffect(() => {
    const lifted = ({ target }: Event): void => {
      if (!element.current?.contains(target as Node)) latest.current();
    };
    document.addEventListener('pointerup', lifted);
    return () => document.removeEventListener('pointerup', lifted);
  }, []);
}
