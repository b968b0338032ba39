/**
 * Builds everything: `dist/`, which is the package `kmq`, and `server/lib/`, which is the collector with its pages.
 * The compilers run in parallel. None of them checks types: `npm run typecheck` does.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { noteBuild } from './built.js';
import { replaceFolder } from './replace-folder.js';

/** What a CDN serves. */
const SERVED = ['kmq.js', 'kmq.mjs', 'loader.js'];

function run(script, ...parameters) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...parameters], { stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${script} ${parameters.join(' ')} failed`)),
    );
  });
}

/** Runs one of the compilers, and prints what it has made and after how many seconds. */
async function make(what, script, ...parameters) {
  await run(script, ...parameters);
  console.log(`  ${(performance.now() / 1000).toFixed(0).padStart(3)} s  ${what}`);
}

const ROLLUP = 'node_modules/rollup/dist/bin/rollup';
const SERVER = 'server/lib';
/** The collector is built here first: one that runs must find its files until all new ones are there. */
const UNFINISHED = 'server/lib.unfinished';

const began = new Date();
console.log('Building kmq in three parts, at the same time. This takes about half a minute on two cores.');
// Copies that an interrupted `npm pack` has left: the collector would serve them instead of the new ones.
await run('scripts/server-files.js', 'remove');
rmSync(UNFINISHED, { recursive: true, force: true });
await Promise.all([
  make(
    'the collector',
    'node_modules/typescript/bin/tsc',
    '-p',
    'tsconfig.server.json',
    '--noCheck',
    '--outDir',
    UNFINISHED,
  ),
  make('its pages', ROLLUP, '-c', 'rollup.dashboard.config.js', '--silent', '--environment', `SERVER:${UNFINISHED}`),
  make('the tracker, the loader and the modules to import', ROLLUP, '-c', 'rollup.config.js', '--silent'),
]);
replaceFolder(SERVER, UNFINISHED);

// These declare globals of scripts. They are copied and not compiled, since their globals would be visible in every source file.
cpSync('types', 'dist', { recursive: true });

const integrity = (file) =>
  `sha384-${createHash('sha384')
    .update(readFileSync(`dist/${file}`))
    .digest('base64')}`;
const hashes = Object.fromEntries(SERVED.map((file) => [file, integrity(file)]));
writeFileSync('dist/sri.json', JSON.stringify(hashes, null, 2) + '\n');

noteBuild('.', began);
