import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Two folders up: the package, if this is a built file; the repository, if the tests run this source.
const above = fileURLToPath(new URL('../../', import.meta.url));

/** The folder of the package kmq-server. */
const home = import.meta.url.endsWith('.ts') ? join(above, 'server') : above;

/** The path of a file that the build writes, in `lib`. */
export function builtFile(path: string): string {
  return join(home, 'lib', path);
}

/**
 * The path of a file in `dist` or `demo`, which kmq-server shares with the repository. `npm pack` copies them into the package. In
 * the repository they are beside it.
 */
export function sharedFile(path: string): string {
  const own = join(home, path);
  return existsSync(own) ? own : join(home, '..', path);
}

/** The version of kmq-server. */
export const VERSION = (JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string }).version;
