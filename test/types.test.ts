import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

test.each([
  ['what may be pushed and called has types, and what may not is an error', 'test/types'],
  ['an application that declares its events may record no others', 'test/types/events'],
])('%s', (_, folder) => {
  // Each line of the folder that is wrong expects its error: one that is let pass fails, too.
  const compile = (): string =>
    execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', folder]).toString();
  expect(compile()).toBe('');
});
