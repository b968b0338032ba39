import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const script = '../../scripts/built.js';
const { isBuilt, noteBuild } = (await import(script)) as {
  isBuilt: (root: string) => boolean;
  noteBuild: (root: string, began: Date) => void;
};

const FILES = ['package.json', 'package-lock.json', 'rollup.config.js', 'tsconfig.json', 'scripts/a.js', 'src/b/c.ts'];
const MINUTE_MS = 60_000;

/** A repository that was built a minute ago, and whose files are older. */
function builtRepository(): string {
  const root = mkdtempSync(join(tmpdir(), 'kmq-built-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const old = new Date(Date.now() - 2 * MINUTE_MS);
  for (const file of [...FILES, 'types/global.d.ts', 'server/lib/cli.js']) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '');
    for (let path = file; path !== '.'; path = dirname(path)) utimesSync(join(root, path), old, old);
  }
  noteBuild(root, new Date(Date.now() - MINUTE_MS));
  return root;
}

test('what was built is not built again until something has changed', () => {
  const root = builtRepository();
  expect(isBuilt(root)).toBe(true);
  writeFileSync(join(root, 'test.ts'), '');
  expect(isBuilt(root)).toBe(true);
});

test.each(FILES)('a change of %s needs a build', (file) => {
  const root = builtRepository();
  writeFileSync(join(root, file), 'changed');
  expect(isBuilt(root)).toBe(false);
});

test.each(['src/b/c.ts', 'server/lib', 'node_modules/.cache'])('without %s a build is needed', (path) => {
  const root = builtRepository();
  rmSync(join(root, path), { recursive: true });
  expect(isBuilt(root)).toBe(false);
});
