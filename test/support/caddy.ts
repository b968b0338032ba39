import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { expect, onTestFinished } from 'vitest';
import { temporaryFolder } from './collector.js';
import { findCaddy } from './installed.js';

export interface ProxyPorts {
  plain: number;
  tls: number;
}

/**
 * Caddy with the site of a test, once it answers; it ends with the test. It makes its own certificates, and requests none.
 * @param site a Caddyfile without global options, with one host
 * @returns reads its log
 */
export async function startCaddy(site: string, host: string, { plain, tls }: ProxyPorts): Promise<() => string> {
  const folder = await temporaryFolder();
  const file = join(folder, 'Caddyfile');
  const options = [
    ...['admin off', 'skip_install_trust', 'local_certs', 'default_bind 127.0.0.1'],
    ...[`storage file_system ${folder}`, `http_port ${plain}`, `https_port ${tls}`],
  ];
  await writeFile(file, `{\n${options.map((option) => `\t${option}\n`).join('')}}\n${site}`);
  const child = spawn(findCaddy()!, ['run', '--config', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { HOME: folder },
  });
  const ended = once(child, 'close');
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const refused = ended.then(() => {
    throw new Error(`Caddy ended: ${log}`);
  });
  const answers = expect.poll(() => isEncrypted(host, tls)).toBe(true);
  await Promise.race([answers, refused]);
  // When the test is over, Caddy ends as well: then this rejection is expected.
  refused.catch(() => undefined);
  return () => log;
}

/** Whether a host has its certificate: Caddy listens before it has made one. */
async function isEncrypted(host: string, port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port, servername: host, rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
