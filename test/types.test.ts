import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

test('what may be pushed and called has types, and what may not is an error', () => {
  // Each line of test/types that is wrong expects its error: one that is let pass fails, too.
  const compile = (): string =>
    execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'test/types']).toString();
  expect(compile()).toBe('');
});
