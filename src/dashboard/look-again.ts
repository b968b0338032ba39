import { useEffect } from 'preact/hooks';

const EVERY_MS = 2000;

/** Looks again and again for the first hit, while the page is seen and has nothing to show. @param isWanted false to stop */
export function useLookAgain(look: () => void, isWanted = true): void {
  useEffect(() => {
    if (!isWanted) return;
    const timer = setInterval(() => document.hidden || look(), EVERY_MS);
    return () => clearInterval(timer);
  }, [isWanted]);
}
