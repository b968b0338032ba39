import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isLoopback } from '../collector/access/client.js';
import { TOKEN } from '../collector/access/token.js';
import { prepareFolder } from '../collector/store/sqlite/data-folder.js';
import type { Settings } from './resolve.js';

/** In the data folder: the token of an owner who has set none. */
const TOKEN_FILE = 'token';

/**
 * Whether others can reach the pages: at their own address, or through a proxy that they are behind. A host name other than
 * localhost may lead anywhere.
 */
export function isReachable({ host, trustProxy }: Pick<Settings, 'host' | 'trustProxy'>): boolean {
  const isOnlyHere = host === 'localhost' || isLoopback(host);
  return !isOnlyHere || trustProxy.length > 0;
}

/**
 * The token that the data folder keeps, made with the first call: 24 random bytes in base64url, in a file that only
 * its owner reads (mode 0600). Of several processes that start at once, all get the same.
 * @throws Error for a folder that cannot be written, and for a file without a token
 */
export function keptToken(folder: string): { token: string; file: string; made: boolean } {
  const file = join(folder, TOKEN_FILE);
  const read = (made: boolean): { token: string; file: string; made: boolean } => {
    const token = readFileSync(file, 'utf8').trim();
    if (!TOKEN.test(token)) throw new Error(`${file}: holds no token; remove it, and a new one is made`);
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
    // A link appears whole or not at all, and never over one that is there.
    linkSync(draft, file);
    return read(true);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return read(false);
  } finally {
    rmSync(draft, { force: true });
  }
}
