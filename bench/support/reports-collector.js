import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { LARGE } from './year-people.js';

/** Starts the built collector for questions about the large site. @param store `clickhouse://…`; absent for the embedded store */
export async function startReports({ data, store, threads }) {
  const limits = ['--report-threads', threads, '--report-seconds', 600];
  const child = spawn(
    process.execPath,
    ['server/bin/kmq.js', 'serve', '--port', '0', '--data', data, '--log-level', 'warn', ...limits],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...(store && { KMQ_STORE: store }) } },
  );
  process.on('exit', () => child.kill('SIGKILL'));
  let origin;
  for await (const line of createInterface(child.stdout)) {
    origin = /http:\/\/[^/]+/.exec(line)?.[0] ?? origin;
    if (line.startsWith('Overview')) break;
  }
  const address = (kind, question) =>
    `${origin}/api/v1/reports/${kind}?key=${LARGE}&q=${encodeURIComponent(JSON.stringify(question))}`;
  return {
    origin,
    pid: child.pid,
    stop: () => new Promise((done) => child.once('exit', done).kill('SIGTERM')),
    async isReady() {
      return (await fetch(address('names', {}))).ok;
    },
    /** Reads an answer. */
    async answered(kind, question) {
      const response = await fetch(address(kind, question));
      if (!response.ok) throw new Error(await response.text());
      await response.arrayBuffer();
    },
    async metric(name) {
      const text = await (await fetch(`${origin}/metrics`)).text();
      return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
    },
  };
}

/** So many seconds after an earlier moment, given by `performance.now()`. */
export function secondsSince(began) {
  return (performance.now() - began) / 1000;
}
