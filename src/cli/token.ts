import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { Settings } from './resolve.js';

/** In the data folder: the token of an owner who has set none. */
const TOKEN_FILE = 'token';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');
loopback.addSubnet('::ffff:127.0.0.0', 104, 'ipv6');

/** Whether only this machine reaches an address to listen on. A host name other than localhost may lead anywhere. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || (isIP(host) > 0 && loopback.check(host, isIPv6(host) ? 'ipv6' : 'ipv4'));
}

/** Whether others can reach the pages: at their own address, or through a proxy that they are behind. */
export function isReachable({ host, trustProxy }: Pick<Settings, 'host' | 'trustProxy'>): boolean {
  return !isLoopback(host) || trustProxy.length > 0;
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
    if (token.length < 16) throw new Error(`${file}: holds no token; remove it, and a new one is made`);
    return { token, file, made };
  };
  try {
    return read(false);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  mkdirSync(folder, { recursive: true });
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
