import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/**
 * The part of a page below what is read first. It is rendered in a later task, so that a reader's click does not wait until the whole
 * page is rendered. It must be the last part: anything below it would move.
 */
export function Later({ children }: { children: ComponentChildren }): ComponentChildren {
  const [isNow, setNow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(setNow, 0, true);
    return () => clearTimeout(timer);
  }, []);
  return isNow && children;
}
