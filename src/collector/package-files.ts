import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Two folders up is the package where it is built, and the repository where the tests run the sources.
const above = fileURLToPath(new URL('../../', import.meta.url));

/** The folder of the package kmq-server. */
const home = import.meta.url.endsWith('.ts') ? join(above, 'server') : above;

/** The path of a file that the build makes, below `lib`. */
export function builtFile(path: string): string {
  return join(home, 'lib', path);
}

/**
 * The path of something that kmq-server shares with the repository: `dist`, `demo`. The package has a copy of its own, which
 * is made when it is packed; in the repository it lies beside the package.
 */
export function sharedFile(path: string): string {
  const own = join(home, path);
  return existsSync(own) ? own : join(home, '..', path);
}

/** The version of kmq-server. */
export const VERSION = (JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string }).version;
