import { createHash } from 'node:crypto';
import { mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** In the data folder, while somebody has the reports of it open: where others ask for one. */
const SOCKET = 'reports.sock';

/** The longest address of a socket in bytes: 107 on Linux, 103 on macOS, and a longer one is cut by some. */
const LONGEST = 103;

/**
 * Does something with the address at which the reports of a folder are asked for: a socket in the folder, or on Windows a pipe whose name is
 * made of the folder's.
 */
export async function atSocket<T>(folder: string, use: (address: string) => Promise<T>): Promise<T> {
  const whole = realpathSync(folder);
  if (process.platform === 'win32') {
    const name = createHash('sha256').update(whole.toLowerCase()).digest('hex').slice(0, 32);
    return use(`\\\\.\\pipe\\kmq-${name}`);
  }
  const address = join(whole, SOCKET);
  if (Buffer.byteLength(address) <= LONGEST) return use(address);
  // The folder's address is too long for that of a socket, but one that leads to it need not be.
  const aside = mkdtempSync(join(tmpdir(), 'kmq-'));
  try {
    symlinkSync(whole, join(aside, 'data'));
    return await use(join(aside, 'data', SOCKET));
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}
