import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

/** The path of every document in the repository. */
const DOCUMENTS = Object.fromEntries(
  ['.', 'docs', 'server'].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .map((name) => [join(folder, name), readFileSync(join(folder, name), 'utf8')]),
  ),
);

/** Files that a build makes, and a name that stands for several files. */
const BUILT = new Set(['shared.js', 'style.css', 'openapi.json', '/api/v1/openapi.json', 'reports/questions/KIND.ts']);

describe('links between the documents', () => {
  test.each(Object.entries(DOCUMENTS))('%s has only links to existing files and headings', (file, text) => {
    for (const [, link] of withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link!)) continue;
      const [path, anchor] = link!.split('#') as [string, string?];
      const target = path ? join(dirname(file), path) : file;
      expect(existsSync(target), `${file}: ${link}`).toBe(true);
      if (anchor) expect(anchorsOf(readFileSync(target, 'utf8')), `${file}: ${link}`).toContain(anchor);
    }
  });

  test('every document is in the index', () => {
    const index = readFileSync('docs/README.md', 'utf8');
    for (const name of readdirSync('docs').filter((name) => name.endsWith('.md') && name !== 'README.md')) {
      expect(index).toContain(`](${name})`);
    }
  });
});

test.each(['CONTRIBUTING.md', 'docs/architecture.md'])('%s names only files that exist', (document) => {
  const files = ['.', 'src', 'test', 'bench', 'scripts', 'server', 'deploy', 'docs', 'demo', 'types']
    .flatMap((folder) =>
      readdirSync(folder, { recursive: folder !== '.', encoding: 'utf8' }).map((name) => join(folder, name)),
    )
    .filter((name) => !name.includes('node_modules'));
  const named = [...withoutCode(DOCUMENTS[document]!).matchAll(/`([\w/.-]+\.(?:tsx?|js|md|json|css))`/g)];
  const isThere = (name: string): boolean => files.some((file) => `/${file}`.endsWith(`/${name}`));
  expect(named.map(([, name]) => name!).filter((name) => !BUILT.has(name) && !isThere(name))).toEqual([]);
});

test('docs/architecture.md names each file that asks for permission', () => {
  const asks = /\/(permission|rule)\.js'/;
  const asking = sourcesIn('src/tracker').filter((file) => asks.test(readFileSync(file, 'utf8')));
  const decision = readFileSync('docs/architecture.md', 'utf8').split('without permission.**')[1]!.split('\n- ')[0]!;
  const named = [...decision.matchAll(/`([\w/-]+\.ts)`/g)].map(([, file]) => `src/tracker/${file}`);
  expect(named.sort()).toEqual([...asking, 'src/tracker/page/rule.ts'].sort());
});

describe('the reference', () => {
  const sections = [...readFileSync('docs/reference.md', 'utf8').matchAll(/<a id="([\d.]+)">/g)].map(([, id]) => id!);
  const sources = ['src', 'test'].flatMap(sourcesIn);
  const citedBy = (folder: string): string[] =>
    sourcesIn(folder).flatMap((file) => citationsIn(readFileSync(file, 'utf8')));

  test('has each cited section', () => {
    for (const section of [...citedBy('src'), ...citedBy('test')]) expect(sections).toContain(section);
  });

  test('is cited in every section: each section is implemented by code', () => {
    const cited = new Set(citedBy('src'));
    const leaves = sections.filter((section) => !sections.some((other) => other.startsWith(`${section}.`)));
    expect(leaves.filter((section) => !cited.has(section))).toEqual([]);
  });

  test('is cited in only one form', () => {
    const other = /\breference(?:'s)?[ (]+(?:sections? )?\d/;
    expect(sources.filter((file) => other.test(readFileSync(file, 'utf8')))).toEqual([]);
  });
});

/** `docs/reference.md#8.1`, also as the first of several: `docs/reference.md#8.1 to #8.5`. */
function citationsIn(source: string): string[] {
  return [...source.matchAll(/docs\/reference\.md(?:#[\d.]*\d[ ,]*(?:and |to )?)+/g)].flatMap(([citation]) =>
    [...citation.matchAll(/#([\d.]*\d)/g)].map(([, section]) => section!),
  );
}

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.includes('node_modules'))
    .map((name) => join(folder, name));
}

/** The anchors that GitHub makes of headings, and explicit ones. */
function anchorsOf(markdown: string): string[] {
  const seen = new Map<string, number>();
  const ofHeadings = [...withoutCode(markdown).matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading]) => {
    const slug = heading!
      .replace(/<[^>]*>|\]\([^)]*\)/g, '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .trim()
      .replace(/ /g, '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times ? `${slug}-${times}` : slug;
  });
  return [...ofHeadings, ...[...markdown.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id!)];
}

function withoutCode(markdown: string): string {
  return markdown.replace(/^```.*?^```/gms, '');
}
