import { createHash } from 'node:crypto';
import { mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The socket in the data folder. It exists while a process shares the reports, and other processes send it their questions. */
const SOCKET = 'reports.sock';

/** The longest path of a socket, in bytes: 107 on Linux, 103 on macOS. Some systems cut a longer one. */
const LONGEST = 103;

/**
 * Calls back with the address at which the reports of a folder can be asked: a socket in the folder, or on Windows a pipe whose
 * name is made from the folder's path.
 */
export async function atSocket<T>(folder: string, use: (address: string) => Promise<T>): Promise<T> {
  const whole = realpathSync(folder);
  if (process.platform === 'win32') {
    const name = createHash('sha256').update(whole.toLowerCase()).digest('hex').slice(0, 32);
    return use(`\\\\.\\pipe\\kmq-${name}`);
  }
  const address = join(whole, SOCKET);
  if (Buffer.byteLength(address) <= LONGEST) return use(address);
  // The path is too long for a socket, so a link with a short path leads to the folder.
  const aside = mkdtempSync(join(tmpdir(), 'kmq-'));
  try {
    symlinkSync(whole, join(aside, 'data'));
    return await use(join(aside, 'data', SOCKET));
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}
