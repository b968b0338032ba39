import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'kmq-node-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('kmq/node stores a hit where no package is installed', () => {
  cpSync('dist/node.mjs', join(folder, 'node.mjs'));
  writeFileSync(
    join(folder, 'app.mjs'),
    `import { createClient, readVisitor } from './node.mjs';
    const kmq = createClient({ key: 'KEY', collector: 'http://127.0.0.1:9', queue: 'queue' });
    kmq.record(readVisitor('km_ni=ada').named, 'Ordered', { total: 12.5 });
    process.exit(kmq.dropped);`,
  );
  execFileSync(process.execPath, ['app.mjs'], { cwd: folder });
  const files = readdirSync(join(folder, 'queue'), { recursive: true, encoding: 'utf8' });
  expect(files.filter((name) => name.endsWith('.hits'))).toHaveLength(1);
});
