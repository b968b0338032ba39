import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/**
 * What is below the first screen, rendered in a task of its own: a reader's click does not wait until the whole page is rendered.
 * Below it there must be nothing, which would move.
 */
export function Later({ children }: { children: ComponentChildren }): ComponentChildren {
  const [isNow, setNow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(setNow, 0, true);
    return () => clearTimeout(timer);
  }, []);
  return isNow && children;
}
