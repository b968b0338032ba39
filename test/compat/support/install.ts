import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';

const FOLDER = 'test/compat';
const LOCK = `${FOLDER}/package-lock.json`;
/** What was locked when the packages were installed. */
const INSTALLED = `${FOLDER}/node_modules/.installed.json`;

/**
 * Before all tests: installs what others wrote for `_kmq`, exactly as published. It is a folder of its own, so that
 * none of it is ever a dependency of kmq, and no script of theirs runs on the machine of whoever tests.
 */
export default function setup(): void {
  if (existsSync(INSTALLED) && readFileSync(INSTALLED, 'utf8') === readFileSync(LOCK, 'utf8')) return;
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  try {
    execFileSync('npm', ['ci', '--prefix', FOLDER, ...options], { stdio: ['ignore', 'ignore', 'inherit'] });
    copyFileSync(LOCK, INSTALLED);
  } catch (error) {
    // Whoever works offline still runs all other tests.
    console.error(`test/compat cannot run: ${String(error)}`);
  }
}
