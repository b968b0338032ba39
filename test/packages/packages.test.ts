import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installed, newProject, pack, remove, run, type Packed } from './support.js';
import { LONG } from '../support/long.js';

/** The unpacked size of the package `kmq`, in bytes. */
const MOST_TRACKER = 450_000;
/** What `npm i kmq-server` installs, with the packages of others: in bytes, of which DuckDB is 70 MB, and in packages. */
/** DuckDB is 70 MB of it. */
const MOST_SERVER = 125_000_000;
const MOST_SERVER_PACKAGES = 115;

const below = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

let tracker: Packed;
let server: Packed;
const folder = newProject();

beforeAll(() => {
  tracker = pack('.', folder);
  // In a copy of the files: other tests run the collector from the folder of the package.
  for (const name of ['server', 'scripts', 'dist', 'demo', 'deploy', 'LICENSE', 'CHANGELOG.md']) {
    cpSync(name, join(folder, name), { recursive: true });
  }
  execFileSync(process.execPath, ['scripts/server-files.js', 'add'], { cwd: folder });
  server = pack(join(folder, 'server'), folder);
});
afterAll(() => remove(folder));

describe.concurrent('kmq, the tracker', () => {
  test('contains dist/, a README, the licence, and nothing else', ({ expect }) => {
    expect(tracker.files).toEqual(['LICENSE', 'README.md', 'package.json', ...below('dist')].sort());
    expect(below('dist').sort()).toEqual([
      ...['dist/global.d.mts', 'dist/global.mjs', 'dist/kmq.d.mts', 'dist/kmq.d.ts', 'dist/kmq.js', 'dist/kmq.js.map'],
      ...['dist/kmq.mjs', 'dist/kmq.mjs.map', 'dist/loader.d.ts', 'dist/loader.js', 'dist/node.d.mts', 'dist/node.mjs'],
      ...['dist/react.d.mts', 'dist/react.mjs', 'dist/sri.json', 'dist/svelte.d.mts', 'dist/svelte.mjs'],
      ...['dist/vue.d.mts', 'dist/vue.mjs'],
    ]);
    expect(tracker.unpackedSize).toBeLessThan(MOST_TRACKER);
  });

  test('has no dependencies, and runs nothing when it is installed', async ({ expect, onTestFinished }) => {
    const project = newProject();
    onTestFinished(() => remove(project));
    const printed = await run('npm', ['install', '--no-audit', '--no-fund', tracker.tarball], project);
    expect(printed).not.toContain('script');
    const { packages, bytes } = installed(project);
    console.log(`npm i kmq: ${packages} package, ${bytes} bytes`);
    expect(packages).toBe(1);
    expect(bytes).toBeLessThan(MOST_TRACKER);
    const imports = `
      import * as tracker from 'kmq';
      import * as node from 'kmq/node';
      import 'kmq/global';
      tracker.record('nowhere, and so nothing');
      // React Native and some workers have a window, and no document.
      globalThis.window = globalThis;
      tracker.init({ key: 'KEY', collector: 'http://127.0.0.1:1' });
      tracker.record('nowhere, and so nothing');
      console.log(typeof tracker.init, typeof node.createClient);`;
    expect(await run(process.execPath, ['--input-type=module', '--eval', imports], project)).toBe(
      'function function\n',
    );
  });
});

describe.concurrent('kmq-server, the collector', () => {
  test('contains the built files, the tracker that it serves, the shop and the files of deploy/', ({ expect }) => {
    const sources = below('src').filter((file) =>
      /^src\/(protocol|collector|transfer|demo-data|cli|cli\.ts|loader\/fill)/.test(file),
    );
    const built = sources.map((file) => file.replace(/^src/, 'lib').replace(/\.ts$/, '.js'));
    const scripts = below('src/dashboard').flatMap(
      (file) => /^src\/dashboard\/(\w+)\/page\.tsx?$/.exec(file)?.[1] ?? [],
    );
    // The HTML of a page is made from page.html.
    const pages = ['error', 'login', ...scripts].map((name) => `lib/dashboard/${name}.html`);
    const parts = ['style.css', 'shared.js', 'licences.txt', 'icon.svg'];
    // The files of pages are also in the package in compressed form.
    const loaded = [...parts, ...scripts.flatMap((name) => [`${name}.js`, `${name}.css`])].flatMap((file) =>
      ['', '.br', '.gz'].map((encoding) => `lib/dashboard/${file}${encoding}`),
    );
    expect(scripts).toEqual(expect.arrayContaining(['live', 'overview', 'person', 'start']));
    expect(server.files).toEqual(
      [
        ...['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', 'bin/kmq.js'],
        ...built,
        ...pages,
        ...loaded,
        ...below('dist'),
        ...below('demo'),
        ...below('deploy'),
      ].sort(),
    );
  });

  test.runIf(LONG)(
    'installs nothing that has to be compiled, and starts without a command',
    async ({ expect, onTestFinished }) => {
      const project = newProject();
      onTestFinished(() => remove(project));
      const printed = await run('npm', ['install', '--no-audit', '--no-fund', server.tarball], project);
      expect(printed).not.toContain('script');
      const { packages, bytes, files } = installed(project);
      console.log(`npm i kmq-server: ${packages} packages, ${bytes} bytes`);
      expect(packages).toBeLessThanOrEqual(MOST_SERVER_PACKAGES);
      expect(bytes).toBeLessThan(MOST_SERVER);
      // DuckDB is built for each system, in its own package: nothing is compiled, and no script runs.
      const native = files.filter((file) => /\.node$|binding\.gyp$/.test(file));
      expect(native.filter((file) => !file.includes('@duckdb/node-bindings-'))).toEqual([]);

      const { version } = JSON.parse(readFileSync('server/package.json', 'utf8')) as { version: string };
      for (const command of ['kmq', 'kmq-server']) {
        expect(await run(join(project, 'node_modules/.bin', command), ['--version'], project)).toBe(`${version}\n`);
      }
      const checked = await run(join(project, 'node_modules/.bin/kmq-server'), ['--check', '--port', '9'], project);
      expect(checked).toMatch(/^port +9 +flag$/m);
    },
  );
});

describe.concurrent('tools find no mistake in the published packages', () => {
  const tool = (name: string, ...parameters: string[]) => run(`node_modules/.bin/${name}`, parameters);

  test('publint', async ({ expect }) => {
    for (const { tarball } of [tracker, server]) {
      expect(await tool('publint', 'run', tarball, '--strict')).toContain('All good');
    }
  });

  test('types for every entry', async ({ expect }) => {
    const answer = await tool('attw', tracker.tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji');
    for (const entry of [
      'kmq',
      'kmq/node',
      'kmq/global',
      'kmq/react',
      'kmq/vue',
      'kmq/svelte',
      'kmq/kmq.js',
      'kmq/loader.js',
    ]) {
      expect(answer).toContain(`"${entry}"`);
    }
  });

  /** https://github.com/react/yoga/issues/1760, https://github.com/parcel-bundler/parcel/issues/8745 */
  test('tools that do not read exports find the tracker, and the types of every entry', async ({
    expect,
    onTestFinished,
  }) => {
    const project = newProject();
    onTestFinished(() => remove(project));
    await run('npm', ['install', '--no-audit', '--no-fund', tracker.tarball], project);
    const { main, exports } = JSON.parse(readFileSync(join(project, 'node_modules/kmq/package.json'), 'utf8')) as {
      main: string;
      exports: Record<string, { types: string; default: string }>;
    };
    expect(main).toBe(exports['.']!.default);
    const entries = Object.keys(exports).filter((entry) => exports[entry]!.types?.endsWith('.mts'));
    expect(entries).toHaveLength(6);
    const application = entries.map((entry) => `import '${entry.replace('.', 'kmq')}';`).join('\n');
    // What is declared for `kmq` is the same in the other entries.
    const events = `
      import { createClient } from 'kmq/node';
      declare module 'kmq' { interface KmqEvents { Left: {} } }
      _kmq.push(['record', 'Left']);
      // @ts-expect-error no such event
      createClient({ key: 'KEY', collector: 'https://kmq.example.com', queue: 'queue' }).record('ada', 'Right');`;
    writeFileSync(join(project, 'application.ts'), application + events);
    const options = '--noEmit --strict --noUncheckedSideEffectImports --lib es2021,dom --module esnext'.split(' ');
    const node10 = ['--moduleResolution', 'node10', '--ignoreDeprecations', '6.0'];
    expect(await run(resolve('node_modules/.bin/tsc'), [...options, ...node10, 'application.ts'], project)).toBe('');
  });
});

test('package.json has no URL of the project, since none is public yet', () => {
  for (const file of ['package.json', 'server/package.json']) {
    const parsed = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    for (const name of ['repository', 'homepage', 'bugs']) expect(parsed, `${file}: ${name}`).not.toHaveProperty(name);
  }
});

test('both packages have the same version', () => {
  const [one, other] = ['package.json', 'server/package.json'].map(
    (file) => (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version,
  );
  expect(one).toBe(other);
});
