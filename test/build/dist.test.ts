import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'acorn';
import { describe, expect, test } from 'vitest';

const read = (file: string): string => readFileSync(`dist/${file}`, 'utf8');

/** The imports of a file. Files of dist only have import statements at their top. */
function importsOf(file: string): string[] {
  const { body } = parse(read(file), { ecmaVersion: 'latest', sourceType: 'module' });
  return body.flatMap((statement) =>
    'source' in statement && statement.source ? [String(statement.source.value)] : [],
  );
}

test('sri.json has the hash of what a CDN serves', () => {
  const hashes = JSON.parse(read('sri.json')) as Record<string, string>;
  expect(Object.keys(hashes)).toEqual(['kmq.js', 'kmq.mjs', 'loader.js']);
  for (const [file, hash] of Object.entries(hashes))
    expect(`sha384-${createHash('sha384').update(read(file)).digest('base64')}`, file).toBe(hash);
});

describe.each(['kmq.js', 'kmq.mjs'])('the source map of %s', (file) => {
  interface SourceMap {
    sources: string[];
    sourcesContent: string[];
  }

  test('exists next to it, and is not part of it', () => {
    expect(read(file)).not.toContain('sourceMappingURL');
    expect((JSON.parse(read(`${file}.map`)) as { file: string }).file).toBe(file);
  });

  test('contains the sources as they were written, with paths that are the same on every machine', () => {
    const { sources, sourcesContent } = JSON.parse(read(`${file}.map`)) as SourceMap;
    expect(sources).toContain('../src/tracker/queue.ts');
    sources.forEach((source, index) => {
      expect(source).toMatch(/^\.\.\/(src|node_modules)\//);
      expect(sourcesContent[index]).toBe(readFileSync(`dist/${source}`, 'utf8'));
    });
  });
});

test('modules need no package', () => {
  expect(importsOf('kmq.mjs')).toEqual([]);
  expect(importsOf('global.mjs')).toEqual([]);
  for (const source of importsOf('node.mjs')) expect(source).toMatch(/^node:/);
});

test('wrappers need only their framework, and React’s wrapper is marked as client code', () => {
  expect(importsOf('react.mjs')).toEqual(['react']);
  expect(importsOf('vue.mjs')).toEqual(['vue']);
  expect(importsOf('svelte.mjs')).toEqual(['svelte', 'svelte/store']);
  const { body } = parse(read('react.mjs'), { ecmaVersion: 'latest', sourceType: 'module' });
  expect(body[0]).toMatchObject({ directive: 'use client' });
});

test('declarations need only each other', () => {
  const declarations = readdirSync('dist').filter((name) => /\.d\.m?ts$/.test(name));
  expect(declarations).toEqual([
    ...['global.d.mts', 'kmq.d.mts', 'kmq.d.ts', 'loader.d.ts', 'node.d.mts', 'react.d.mts', 'svelte.d.mts'],
    'vue.d.mts',
  ]);
  for (const file of declarations) {
    // Node's own types are in a package, too.
    const code = read(file).replace(/\/\*[^]*?\*\//g, '');
    const sources = [...code.matchAll(/\bfrom '(.*?)'|\bimport\('(.*?)'\)|<reference/g)].map(([, from]) => from);
    expect(sources, file).toEqual(/^(global|node)/.test(file) ? ['./kmq.mjs'] : []);
    expect(code, file).not.toMatch(/\bNodeJS\b/);
  }
});
