import { useEffect, useState } from 'preact/hooks';

/** The first items take longer, since their code has not run yet. */
const FIRST = 10;

const PER_TASK = 25;

/**
 * How many items of a list to render now. The others are rendered in later tasks: to render all of them at once would block the page.
 * @param total the number of items
 */
export function useInTasks(total: number): number {
  const [rendered, setRendered] = useState(FIRST);
  useEffect(() => {
    if (rendered >= total) return;
    const timer = setTimeout(() => setRendered(rendered + PER_TASK));
    return () => clearTimeout(timer);
  }, [rendered, total]);
  return Math.min(rendered, total);
}
