import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a build reads. A folder also counts as changed when a file in it was removed. */
const INPUTS = ['package.json', 'package-lock.json', 'scripts', 'src', 'types'];
const CONFIGURATIONS = /^(rollup|tsconfig)\..*\.?js(on)?$/;

/** Its time says when the last build began. `npm ci` removes it with the packages. */
const STAMP = 'node_modules/.cache/kmq/built';

/** @param {string} root of the repository @param {Date} began when the build began: a file may change while it runs */
export function noteBuild(root, began) {
  const stamp = join(root, STAMP);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, '');
  utimesSync(stamp, began, began);
}

/** Whether everything is built, and nothing that a build reads has changed since. @param {string} root of the repository */
export function isBuilt(root) {
  const stamp = statSync(join(root, STAMP), { throwIfNoEntry: false });
  if (!stamp || !existsSync(join(root, 'server/lib/cli.js'))) return false;
  const configurations = readdirSync(root).filter((name) => CONFIGURATIONS.test(name));
  return [...INPUTS, ...configurations].every((name) => latestIn(join(root, name)) < stamp.mtimeMs);
}

function latestIn(path) {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(found.mtimeMs, ...readdirSync(path).map((name) => latestIn(join(path, name))));
}
