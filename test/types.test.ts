import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { samples } from './frameworks/support/document.js';

const compile = (project: string): string =>
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', project]).toString();

test.each([
  ['what may be pushed and called has types, and what may not is an error', 'test/types'],
  ['an application that declares its events may record no others', 'test/types/events'],
])('%s', (_, folder) => {
  // Each wrong line of the folder expects its error, so a wrong line without an error fails, too.
  expect(compile(folder)).toBe('');
});

test('the samples of the document compile, except for those that they call wrong', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kmq-types-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(process.cwd(), join(folder, 'node_modules/kmq'));
  const [declared, recorded] = samples('Types of your events');
  writeFileSync(join(folder, 'events.d.ts'), declared!);
  writeFileSync(join(folder, 'application.ts'), recorded!);
  const compilerOptions = { module: 'nodenext', strict: true, noEmit: true, types: [], skipLibCheck: false };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  expect(compile(folder)).toBe('');
});
