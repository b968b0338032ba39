import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { temporaryFolder } from './collector.js';
import { findNginx } from './installed.js';

/**
 * nginx with the sites of a test, once it answers; it ends with the test.
 * @param sites the contents of its `http`, without paths for its files
 * @param port on 127.0.0.1, without TLS, of one of these sites
 * @returns reads its logs
 */
export async function startNginx(sites: string, port: number): Promise<() => Promise<string>> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'tmp'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const main = `daemon off; user root; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
    events {} http { access_log ${folder}/access.log;
    ${temporary.map((name) => `${name}_temp_path ${folder}/tmp/${name};`).join('\n')}\n${sites} }`;
  await writeFile(join(folder, 'nginx.conf'), main);
  const child = spawn(findNginx()!, ['-c', `${folder}/nginx.conf`, '-e', `${folder}/error.log`], { stdio: 'inherit' });
  const ended = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const answers = () => fetch(`http://127.0.0.1:${port}/`, { redirect: 'manual' }).then(({ status }) => status);
  await expect.poll(() => answers().catch(() => 0)).toBeGreaterThan(0);
  return async () => (await readFile(`${folder}/access.log`, 'utf8')) + (await readFile(`${folder}/error.log`, 'utf8'));
}
