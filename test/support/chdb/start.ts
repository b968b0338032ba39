// A current ClickHouse (26) for tests and benchmarks: `chdb`, which the first of them installs into this folder (546 MB), behind a
// server in a process of its own.

import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = import.meta.dirname;
const LOCK = join(FOLDER, 'package-lock.json');
/** The installed version, by its lock file. */
const INSTALLED = join(FOLDER, 'node_modules/.installed.json');
/** Queries that run at the same time: each uses a thread of Node. */
const QUERIES = '64';

/** Installs chdb in a folder of its own, so that it is never a dependency of kmq, and runs none of its scripts. */
export function installChdb(): void {
  if (existsSync(INSTALLED) && readFileSync(INSTALLED, 'utf8') === readFileSync(LOCK, 'utf8')) return;
  console.log('Installing chdb, 546 MB: npm install --prefix test/support/chdb');
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  // `npm ci` refuses the lock file if packages for other systems are not published: a lock file can only contain published packages.
  execFileSync('npm', ['install', '--no-save', '--prefix', FOLDER, ...options], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  copyFileSync(LOCK, INSTALLED);
}

export interface Chdb {
  port: number;
  pid: number;
  kill(): Promise<void>;
}

/** A server on a folder: the promise resolves when it answers; it ends with this process. @param port 0 for any */
export async function startChdb(folder: string, port = 0, password = ''): Promise<Chdb> {
  const child = fork(join(FOLDER, 'server.ts'), [folder, String(port), password], {
    env: { ...process.env, TZ: 'UTC', UV_THREADPOOL_SIZE: QUERIES, NODE_OPTIONS: '' },
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const [answer] = (await Promise.race([once(child, 'message'), exited])) as [{ port: number } | number | null];
  if (answer === null || typeof answer === 'number') throw new Error(`chdb on ${folder} does not start.`);
  child.unref();
  child.channel?.unref();
  const kill = async (): Promise<void> => {
    child.ref();
    child.kill('SIGKILL');
    await exited;
  };
  return { port: answer.port, pid: child.pid!, kill };
}
