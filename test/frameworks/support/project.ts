import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

// Applications made with published packages, as their owners make them.

/** npm without its questions and messages. */
export const QUIETLY = ['--no-audit', '--no-fund', '--loglevel=error'];

/** Starts the server of an application, which prints its address. @param program below node_modules/.bin */
export async function startServer(project: string, program: string, ...parameters: string[]): Promise<string> {
  const child = spawn(process.execPath, [join(project, program), ...parameters], {
    cwd: project,
    // In its own process group: servers start other servers.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', NEXT_TELEMETRY_DISABLED: '1' },
  });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    process.kill(-child.pid!, 'SIGKILL');
    await exited;
  });
  const printed: string[] = [];
  createInterface(child.stderr).on('line', (line) => printed.push(line));
  for await (const line of createInterface(child.stdout)) {
    printed.push(line);
    const port = /https?:\/\/[\w.]+:(\d+)/.exec(line)?.[1];
    if (port !== undefined) {
      child.stdout.resume();
      return `http://localhost:${port}`;
    }
  }
  throw new Error(`${program} did not start: ${printed.join('\n')}`);
}

/** Changes a file of a project. @throws Error if there is nothing to change */
export function edit(file: string, ...changes: [from: string | RegExp, to: string][]): void {
  let text = readFileSync(file, 'utf8');
  for (const [from, to] of changes) {
    const changed = text.replace(from, () => to);
    if (changed === text) throw new Error(`${file} has no ${String(from)}: ${text}`);
    text = changed;
  }
  writeFileSync(file, text);
}
