import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pause } from './figures.js';

/** The core for the server. The load uses the other one. */
const SERVER_CORE = '0';
const LOAD_CORE = '1';

/** Installs a Debian package if its program is missing, or says what to install. */
export function need(program, debianPackage) {
  if (existsSync(program)) return;
  try {
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', debianPackage], { stdio: 'ignore' });
  } catch {
    console.error(`This benchmark needs ${program}: apt-get install ${debianPackage}`);
    process.exit(1);
  }
}

// A benchmark starts many servers, each with a listener that ends it.
process.setMaxListeners(0);

export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'kmq-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function start(command, parameters) {
  const child = spawn('taskset', ['-c', SERVER_CORE, command, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] });
  process.on('exit', () => child.kill('SIGKILL'));
  return child;
}

const stop = (child, signal = 'SIGTERM') =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.on('exit', resolve);
    child.kill(signal);
  });

/** Starts nginx with one worker, an access log and its built-in GIF: the least work for a beacon. */
export async function startNginx() {
  const folder = temporaryFolder();
  const port = await freePort();
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
     events { worker_connections 1024; }
     http {
       access_log ${folder}/access.log;
       keepalive_requests 100000000;
       server { listen 127.0.0.1:${port}; location / { empty_gif; } }
     }`,
  );
  const child = start('/usr/sbin/nginx', ['-c', file, '-e', join(folder, 'error.log')]);
  await answers(`http://127.0.0.1:${port}/e`);
  return { origin: `http://127.0.0.1:${port}`, stop: () => stop(child) };
}

/** Starts the built collector, on a new store unless a data folder is given. */
export async function startCollector({ data = temporaryFolder() } = {}) {
  const parameters = ['server/bin/kmq.js', 'serve', '--port', '0', '--data', data, '--log-level', 'warn'];
  const child = start(process.execPath, parameters);
  let origin;
  for await (const line of createInterface(child.stdout)) {
    origin = /http:\/\/[^/]+/.exec(line)?.[0];
    if (line.startsWith('Overview')) break;
  }
  return { origin, data, pid: child.pid, stop: () => stop(child), kill: () => stop(child, 'SIGKILL') };
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(url) {
  for (let attempt = 0; attempt < 50; attempt++) {
    if (await fetch(url).catch(() => undefined)) return;
    await pause(100);
  }
  throw new Error(`${url} does not answer`);
}

/**
 * Sends requests for some seconds, as fast as they are answered. An answer that is neither 2xx nor 3xx is an error. An answer that
 * takes longer than two seconds, as on a busy machine, is no error; `late` is the number of these.
 */
export async function load(origin, { seconds, connections, path, script, people, delay, key, identities }) {
  const parameters = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency'];
  if (script) parameters.push('-s', script);
  const settings = { PEOPLE: people, DELAY: delay, KEY: key, IDENTITIES: identities };
  const env = { ...process.env, ...Object.fromEntries(Object.entries(settings).filter(([, value]) => value)) };
  const child = spawn('taskset', ['-c', LOAD_CORE, 'wrk', ...parameters, origin + (path ?? '/')], { env });
  process.once('exit', () => child.kill());
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  await once(child, 'close');
  const [, broken = '', late = 0] = /Socket errors: (.*), timeout (\d+)/.exec(output) ?? [];
  if (/Non-2xx/.test(output) || /[1-9]/.test(broken) || !/Requests\/sec/.test(output)) throw new Error(output);
  const figure = (pattern) => pattern.exec(output)[1];
  return {
    rate: Number(figure(/Requests\/sec:\s+([\d.]+)/)),
    requests: Number(figure(/(\d+) requests in/)),
    p99: figure(/^ +99%\s+(\S+)/m),
    late: Number(late),
  };
}

/** Of the times in /proc, on every common Linux. */
const TICKS_A_SECOND = 100;

/** Resident memory of a process, in MiB. */
export function residentMemory(pid) {
  return memory(pid, 'VmRSS');
}

/** The same at its maximum. */
export function peakMemory(pid) {
  return memory(pid, 'VmHWM');
}

/** Processor time that a process has used, in seconds. */
export function processorSeconds(pid) {
  const [, fields] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const [user, system] = fields.split(' ').slice(11, 13);
  return (Number(user) + Number(system)) / TICKS_A_SECOND;
}

function memory(pid, field) {
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}
