import { onTestFinished, vi } from 'vitest';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';

/**
 * Lets commits wait, as on a disk that stalls: no disk here stalls when it is asked to.
 * @returns a function that lets them go on
 */
export function stallStore(): () => void {
  let goOn!: () => void;
  const stall = new Promise<void>((resolve) => (goOn = resolve));
  const append = Reflect.get(EmbeddedStore.prototype, 'append');
  const slow = vi.spyOn(EmbeddedStore.prototype, 'append').mockImplementation(async function (
    this: EmbeddedStore,
    entries,
  ) {
    await stall;
    return append.call(this, entries);
  });
  onTestFinished(() => slow.mockRestore());
  return goOn;
}
