import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isLoopback } from '../collector/access/client.js';
import { TOKEN } from '../collector/access/token.js';
import { prepareFolder } from '../collector/store/sqlite/data-folder.js';
import type { Settings } from './resolve.js';

/** The file in the data folder with the token that the collector made, because the owner set none. */
const TOKEN_FILE = 'token';

/**
 * Whether other machines can reach the pages, directly or through a proxy. A host name other than localhost may mean any
 * address.
 */
export function isReachable({ host, trustProxy }: Pick<Settings, 'host' | 'trustProxy'>): boolean {
  const isOnlyHere = host === 'localhost' || isLoopback(host);
  return !isOnlyHere || trustProxy.length > 0;
}

/** The file in which the collector keeps the token that it made. */
export const tokenFileOf = (folder: string): string => join(folder, TOKEN_FILE);

/**
 * The token in the data folder. If there is none, it is made: 24 random bytes in base64url, in a file that only its owner can read
 * (mode 0600). Several processes that start at the same time get the same token.
 * @throws Error if the folder cannot be written, or if the file contains no token
 */
export function keptToken(folder: string): { token: string; file: string; made: boolean } {
  const file = tokenFileOf(folder);
  const read = (made: boolean): { token: string; file: string; made: boolean } => {
    const token = readFileSync(file, 'utf8').trim();
    if (!TOKEN.test(token)) throw new Error(`${file}: contains no token; remove the file, and a new token is made`);
    return { token, file, made };
  };
  try {
    return read(false);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  prepareFolder(folder);
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  try {
    // Unlike a write, a link makes the file with all its content at once, and fails if the file exists.
    linkSync(draft, file);
    return read(true);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return read(false);
  } finally {
    rmSync(draft, { force: true });
  }
}
