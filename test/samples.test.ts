import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../src/cli/program.js';
import { resolve } from '../src/cli/resolve.js';
import { DEFAULT_SITE, parseConfig, SITE_SETTINGS } from '../src/collector/sites/config.js';
import { settingsScript } from '../src/collector/sites/settings-script.js';
import * as server from '../src/node/index.js';
import * as tracker from '../src/tracker/module.js';
import { temporaryFolder } from './support/collector.js';

/*
 * The documents describe the commands, settings and options of the code, and the code itself reads their samples.
 * docs/pages.md, docs/sql.md, the questions of reports, and the flags of `kmq serve` have their own tests.
 */

const documents = ['.', 'docs', 'server'].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => ({ file: join(folder, name), text: readFileSync(join(folder, name), 'utf8') })),
);

const textOf = (file: string): string => documents.find((document) => document.file === file)!.text;

/** The code blocks in a language, of all documents or of one. */
function samples(language: string): { file: string; code: string }[] {
  return documents.flatMap(({ file, text }) =>
    [...text.matchAll(/^```(\w+)\n([^]*?)^```$/gm)]
      .filter(([, of]) => of === language)
      .map(([, , code]) => ({ file, code: code! })),
  );
}

/** The names in the first column of a table below a heading. */
function firstColumn(file: string, heading: string): string[] {
  const section = `\n${textOf(file)}`.split(`\n${heading}\n`)[1]!.split(/\n##? /)[0]!;
  return [...section.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, cell]) =>
    [...cell!.matchAll(/`(\w+)`/g)].map(([, name]) => name!),
  );
}

describe('the commands of a page', () => {
  /** Two commands have a second name, which a module does not export. */
  const SECOND_NAMES = ['cancelled', 'trackForm'];
  const exported = Object.keys(tracker).filter((name) => name !== 'init');

  test('are those of docs/tracking.md', () => {
    expect(firstColumn('docs/tracking.md', '## Commands').sort()).toEqual([...exported, ...SECOND_NAMES].sort());
  });

  const scripts = samples('js').filter(({ code }) => code.includes('_kmq.push') && !code.includes('import '));

  test.each(scripts)('in $file are known', ({ code }) => {
    const pushed: unknown[] = [];
    runInNewContext(code, { _kmq: { push: (item: unknown) => pushed.push(item) }, document: { title: '' } });
    expect(pushed).not.toEqual([]);
    for (const item of pushed)
      if (typeof item !== 'function') expect([...exported, ...SECOND_NAMES]).toContain((item as unknown[])[0]);
  });
});

describe('what the packages export', () => {
  const modules: Record<string, object> = { kmq: tracker, 'kmq/node': server };
  const imports = samples('js').flatMap(({ file, code }) =>
    [...code.matchAll(/^import \{ (.*) \} from '(kmq[^']*)';$/gm)].map(([, names, from]) => ({
      file,
      names: names!,
      from: from!,
    })),
  );

  test.each(imports)('is what $file imports from $from', ({ names, from }) => {
    for (const name of names.split(', ')) expect(Object.keys(modules[from]!)).toContain(name);
  });

  test('the options of kmq/node are those of docs/node.md', () => {
    const source = /export interface ClientOptions \{([^]*?)\n\}/.exec(readFileSync('src/node/index.ts', 'utf8'))![1]!;
    const options = [...source.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name!);
    expect(firstColumn('docs/node.md', '# kmq/node')).toEqual(options);
  });
});

describe('the settings of a site', () => {
  test('are those of docs/configuration.md', () => {
    expect(firstColumn('docs/configuration.md', '# Settings of the sites').sort()).toEqual([...SITE_SETTINGS].sort());
  });

  test('include the automatic events, each with its default and the global that skips it', () => {
    const rows = [
      ...textOf('docs/configuration.md').matchAll(/^\| `(\w+)` \| (on|off) \|.*\| `(KM_\w+)`[^|]*\|$/gm),
    ].map(([, name, value, global]) => [name!, value === 'on', global!] as const);
    expect(Object.fromEntries(rows.map(([name, isOn]) => [name, isOn]))).toEqual(DEFAULT_SITE.automatic);
    for (const [name, isOn, global] of rows) {
      const { sites } = parseConfig({ sites: { KEY: { automatic: { [name]: !isOn } } } });
      expect(settingsScript(sites.KEY!)).toContain(`"${global}"`);
    }
  });

  test('have samples in the documents', () => expect(samples('jsonc')).not.toEqual([]));
  test.each(samples('jsonc'))('in the sample of $file can be read', async ({ code }) => {
    const folder = await temporaryFolder();
    const file = join(folder, 'kmq.config.json');
    await writeFile(join(folder, 'token'), 'a token of an owner\n'.replaceAll(' ', '-'));
    await writeFile(file, code.replace('/etc/kmq/token', join(folder, 'token')));
    expect(resolve({ config: file }, {}).sources).toBeDefined();
  });
});

describe('the command line', async () => {
  const program = await createProgram();
  const commandOf = (name: string): Command | undefined => program.commands.find((command) => command.name() === name);

  test('has the commands of docs/running.md, with the same descriptions', () => {
    const rows = program.commands.map((command) => `| \`kmq ${command.name()}\` | ${command.description()} |`);
    expect(textOf('docs/running.md')).toContain(['|---|---|', ...rows, ''].join('\n'));
  });

  /** Lines that begin with kmq, npx kmq-server or `npm start --`, without the programs that process their output. */
  const lines = samples('sh').flatMap(({ file, code }) =>
    code
      .replace(/\\\n/g, ' ')
      // Before quoted texts are replaced, since a comment may contain an apostrophe.
      .replace(/^\s*#.*$/gm, '')
      .replace(/'[^']*'|"[^"]*"/g, 'TEXT')
      .split('\n')
      .flatMap((line) => line.replace(/#.*/, '').split('|'))
      .map((line) => ({ file, line: line.trim() }))
      .filter(({ line }) => /^(kmq|npx kmq-server|npm start --) /.test(line)),
  );

  test.each(lines)('accepts “$line” of $file', ({ line }) => {
    const words = line.replace(/^(npx kmq-server|npm start --|kmq) /, '').split(/\s+/);
    const command = words[0]!.startsWith('-') ? commandOf('serve') : commandOf(words[0]!);
    expect(command, `the command ${words[0]}`).toBeDefined();
    const known = command!.options.map(({ long }) => long);
    for (const flag of words.filter((word) => word.startsWith('--'))) expect(known).toContain(flag.split('=')[0]);
  });

  test('has the flags that the text of documents names', () => {
    const known = new Set(program.commands.flatMap(({ options }) => options.map(({ long }) => long)));
    for (const { file, text } of documents.filter(({ file }) => /^(README|docs.*)\.md$|^docs/.test(file)))
      for (const [, flag] of text.replace(/^```.*?^```/gms, '').matchAll(/`(?:kmq \w+ )?(--[a-z][a-z-]*)[^`]*`/g))
        if (!OTHERS.includes(flag!)) expect(known, `${file}: ${flag}`).toContain(flag);
  });
});

/** Flags of other programs. */
const OTHERS = ['--health-cmd', '--log-opt', '--restart', '--help'];

test('docs/running.md has exactly the metrics of the collector', () => {
  const names = (text: string): string[] => [...new Set(text.match(/\bkmq_[a-z_]+/g))].sort();
  const sources = readdirSync('src/collector/watch').map((file) => readFileSync(`src/collector/watch/${file}`, 'utf8'));
  expect(names(textOf('docs/running.md'))).toEqual(names(sources.join('\n')));
});
