import { useEffect, useState } from 'preact/hooks';

/** The same limit as in the styles. */
const SMALL = '(max-width: 46rem)';

/** Whether the page is as narrow as a phone. */
export function useIsSmall(): boolean {
  const [isSmall, setSmall] = useState(() => matchMedia(SMALL).matches);
  useEffect(() => {
    const query = matchMedia(SMALL);
    const changed = (): void => setSmall(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);
  return isSmall;
}
