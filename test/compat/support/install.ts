import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';

const FOLDER = 'test/compat';
const LOCK = `${FOLDER}/package-lock.json`;
/** The versions that were installed, by their lock file. */
const INSTALLED = `${FOLDER}/node_modules/.installed.json`;

/**
 * Before all tests: installs programs that others wrote for `_kmq`, exactly as published. They are in their own folder, so that
 * none of them is ever a dependency of kmq, and none of their scripts runs on the machine of the tests.
 */
export default function setup(): void {
  if (existsSync(INSTALLED) && readFileSync(INSTALLED, 'utf8') === readFileSync(LOCK, 'utf8')) return;
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  try {
    execFileSync('npm', ['ci', '--prefix', FOLDER, ...options], { stdio: ['ignore', 'ignore', 'inherit'] });
    copyFileSync(LOCK, INSTALLED);
  } catch (error) {
    // Without a network all other tests still run.
    console.error(`test/compat cannot run: ${String(error)}`);
  }
}
