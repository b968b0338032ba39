import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

// Applications that the tests make of what others publish, as their owners do.

/** npm without what it asks and tells besides. */
export const QUIETLY = ['--no-audit', '--no-fund', '--loglevel=error'];

/**
 * Starts a server of an application, which prints its address.
 * @param program below node_modules/.bin
 */
export async function startServer(project: string, program: string, ...parameters: string[]): Promise<string> {
  const child = spawn(process.execPath, [join(project, program), ...parameters], {
    cwd: project,
    // A group of its own: servers start servers.
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

/** Changes a file of a project. @throws Error where there is nothing that could be changed */
export function edit(file: string, ...changes: [from: string | RegExp, to: string][]): void {
  let text = readFileSync(file, 'utf8');
  for (const [from, to] of changes) {
    const changed = text.replace(from, () => to);
    if (changed === text) throw new Error(`${file} has no ${String(from)}: ${text}`);
    text = changed;
  }
  writeFileSync(file, text);
}
