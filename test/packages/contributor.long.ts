import { existsSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { onTestFinished, test } from 'vitest';
import { copyOfWorkTree, remove, run } from './support.js';

test('the first tests of CONTRIBUTING.md need no build: they pass in a new clone', async () => {
  const clone = copyOfWorkTree();
  onTestFinished(() => remove(clone));
  const packages = join(clone, 'node_modules');
  // It exists if the packages of this work tree are a link.
  if (!existsSync(packages)) symlinkSync(resolve('node_modules'), packages);
  // Not with all cases, as in the long tests.
  await run('env', ['-u', 'KMQ_LONG', 'npm', 'run', 'test:unit'], clone);
});
