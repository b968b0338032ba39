/**
 * Builds everything: `dist/`, which is the package `kmq`, and `server/lib/`, which is the collector with its pages.
 * The compilers run in parallel. None of them checks types: `npm run typecheck` does.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

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

const rollup = (config) => run('node_modules/rollup/dist/bin/rollup', '-c', config, '--silent');

console.log('Building…');
// Removes files whose source was removed, and copies that an interrupted `npm pack` has left: the collector would
// serve them instead of the new ones.
rmSync('server/lib', { recursive: true, force: true });
await run('scripts/server-files.js', 'remove');
await Promise.all([
  rollup('rollup.config.js'),
  run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.server.json', '--noCheck'),
  rollup('rollup.dashboard.config.js'),
]);

// These declare globals of scripts. They are copied and not compiled, since their globals would be visible in every source file.
cpSync('types', 'dist', { recursive: true });

const integrity = (file) =>
  `sha384-${createHash('sha384')
    .update(readFileSync(`dist/${file}`))
    .digest('base64')}`;
const hashes = Object.fromEntries(SERVED.map((file) => [file, integrity(file)]));
writeFileSync('dist/sri.json', JSON.stringify(hashes, null, 2) + '\n');
