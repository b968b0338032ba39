import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const script = '../../scripts/replace-folder.js';
const { replaceFolder } = (await import(script)) as { replaceFolder: (folder: string, finished: string) => void };

function write(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

test('a finished build replaces the older one, of which nothing stays', () => {
  const root = mkdtempSync(join(tmpdir(), 'kmq-build-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const [folder, finished] = [join(root, 'lib'), join(root, 'lib.unfinished')];
  for (const build of ['first', 'second']) {
    write(finished, { 'cli.js': build, 'pages/live.js': build, [`pages/${build}.js`]: build });
    replaceFolder(folder, finished);
    expect(existsSync(finished)).toBe(false);
    expect(readFileSync(join(folder, 'cli.js'), 'utf8')).toBe(build);
    expect(readdirSync(join(folder, 'pages')).sort()).toEqual([`${build}.js`, 'live.js'].sort());
  }
});
