import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../server/bin/kmq.js', import.meta.url));
/** For the environment variable NODE_OPTIONS, which the process of reports inherits. */
const CLOCK = `--import ${new URL('clock.js', import.meta.url).href}`;

function kmq(parameters, stdio) {
  const child = spawn(process.execPath, [PROGRAM, ...parameters], {
    stdio,
    env: { ...process.env, NODE_OPTIONS: CLOCK, TZ: 'UTC' },
  });
  process.once('exit', () => child.kill('SIGKILL'));
  return child;
}

/** Stores the demo's visitors, who are the same each time. */
export async function makeDemoData(folder) {
  const [code] = await once(kmq(['demo-data', '--data', folder], ['ignore', 'inherit', 'inherit']), 'exit');
  if (code !== 0) throw new Error('The demo data could not be made.');
}

/** A collector with its clock stopped. */
export async function startCollector(folder, ...parameters) {
  const child = kmq(
    ['serve', '--port', '0', '--data', folder, '--log-level', 'error', ...parameters],
    ['ignore', 'pipe', 'inherit'],
  );
  let origin;
  for await (const line of createInterface(child.stdout)) {
    origin = /http:\/\/[^/\s]+/.exec(line)?.[0] ?? origin;
    if (line.startsWith('Overview')) break;
  }
  child.stdout.resume();
  const stop = async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  return { origin, stop };
}
