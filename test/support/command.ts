import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

export interface Command {
  process: ChildProcess;
  origin: string;
  /** Its standard output until it listened. */
  printed: string[];
  /** Its log on standard error so far, by lines. */
  log: string[];
  /** Resolves with the exit code, or with the signal that ended it. */
  exited: Promise<number | NodeJS.Signals>;
}

/**
 * The lines of a log, without those that any collector may write on a machine that has much to do: there a commit may take more than a
 * second, and work in the background may begin only when a test has locked the store.
 */
export function linesOf<Line extends { msg: string }>({ log }: Pick<Command, 'log'>): Line[] {
  const lines = log.map((line) => JSON.parse(line) as Line);
  return lines.filter(({ msg }) => !['a commit was slow', 'database is locked'].includes(msg));
}

/**
 * `kmq serve` as it is installed, in its own process, on its own port, once it listens.
 * @param node another Node than the one that runs the tests
 * @param options `detached` makes a group of its processes
 */
export async function serve(
  parameters: string[],
  environment: NodeJS.ProcessEnv = {},
  node = process.execPath,
  options: { detached?: boolean } = {},
): Promise<Command> {
  const child = spawn(node, ['server/bin/kmq.js', 'serve', '--port', '0', ...parameters], {
    ...options,
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...environment },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const log: string[] = [];
  createInterface(child.stderr).on('line', (line) => log.push(line));
  const printed: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    printed.push(line);
    if (line.startsWith('Overview')) break;
  }
  const origin = /https?:\/\/[^/]+/.exec(printed.at(-1) ?? '')?.[0];
  if (origin === undefined) throw new Error(`It did not start: ${log.join('\n')}`);
  return { process: child, origin, printed, log, exited };
}
