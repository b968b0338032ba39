/** Calls back after any of these events of the window. Those of the document arrive there, too. @returns ends it, as an effect expects */
export function onEvents(names: readonly string[], act: () => void): () => void {
  for (const name of names) addEventListener(name, act);
  return () => {
    for (const name of names) removeEventListener(name, act);
  };
}

/**
 * Calls back when a collector that could not be reached may be reachable again: the network is back, or the page is seen again. A laptop
 * that wakes up shows its pages before it has a network.
 */
export const onMaybeReachable = (act: () => void): (() => void) => onEvents(['online', 'visibilitychange'], act);
