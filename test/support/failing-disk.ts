import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { onTestFinished } from 'vitest';

/**
 * Lets calls of a function of `node:fs` fail like those of a damaged disk, until the test ends: no disk here fails when it is asked to.
 * @param fails whether a call fails, by its arguments
 */
export function failDisk(name: 'readSync' | 'writeSync', fails: (...all: unknown[]) => boolean): void {
  const original = fs[name];
  const replace = (by: unknown): void => {
    Object.assign(fs, { [name]: by });
    syncBuiltinESMExports();
  };
  replace((...all: unknown[]): unknown => {
    if (fails(...all)) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    return (original as (...all: unknown[]) => unknown)(...all);
  });
  onTestFinished(() => replace(original));
}
