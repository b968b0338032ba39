import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { temporaryFolder } from './collector.js';
import { findChromium } from './installed.js';

export interface ScreenReader {
  /** Opens a page in a new window. */
  open(url: string): Promise<void>;
  /** Presses keys by their names in X11, such as `Tab` or `ctrl+Home`. */
  press(...keys: string[]): Promise<void>;
  /** All that has been said since the last `open` or `press`. */
  said(): string[];
}

/**
 * Orca, the screen reader of GNOME, with Chromium on a screen that nobody sees. Nothing is heard: what is said is read from Orca's
 * debug file.
 */
export async function startScreenReader(): Promise<ScreenReader> {
  const folder = await temporaryFolder();
  const debugFile = join(folder, 'orca.txt');
  const env: NodeJS.ProcessEnv = { ...process.env, HOME: folder, XDG_RUNTIME_DIR: join(folder, 'run') };
  mkdirSync(env.XDG_RUNTIME_DIR!, { mode: 0o700 });
  const children: ChildProcess[] = [];
  onTestFinished(() => {
    for (const child of children.toReversed()) if (child.pid) kill(child.pid);
  });
  const start = (program: string, ...parameters: string[]): ChildProcess => {
    // In a process group: the programs of the desktop start others.
    const child = spawn(program, parameters, { env, detached: true, stdio: ['ignore', 'pipe', 'ignore', 'pipe'] });
    children.push(child);
    return child;
  };
  const [screen] = (await once(start('Xvfb', '-displayfd', '3', '-screen', '0', '1280x900x24').stdio[3]!, 'data')) as [
    Buffer,
  ];
  env.DISPLAY = `:${String(screen).trim()}`;
  const [bus] = (await once(start('dbus-daemon', '--session', '--print-address', '--nofork').stdout!, 'data')) as [
    Buffer,
  ];
  env.DBUS_SESSION_BUS_ADDRESS = String(bus).trim();
  start('openbox');
  start('/usr/libexec/at-spi-bus-launcher', '--launch-immediately');
  await pause(1000);
  // On a terminal, Python writes each line at once, and to a file blocks of 8 KB.
  start('script', '-qfc', 'orca --replace --debug-file=/dev/stdout', debugFile).stdout!.resume();

  const all = (): string[] => (existsSync(debugFile) ? spokenIn(readFileSync(debugFile, 'utf8')) : []);
  let heard = 0;
  const said = (): string[] => all().slice(heard);
  await expect.poll(said).toContain('Screen reader on.');
  return {
    said,
    open: async (url) => {
      heard = all().length;
      const flags = ['--no-sandbox', '--no-first-run', '--force-renderer-accessibility', '--window-size=1280,900'];
      start(findChromium()!, ...flags, `--user-data-dir=${await temporaryFolder()}`, url).stdout!.resume();
    },
    press: async (...keys) => {
      heard = all().length;
      await once(start('xdotool', 'key', '--clearmodifiers', ...keys), 'exit');
    },
  };
}

function kill(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** The texts in the lines `SPEECH OUTPUT: '…'`. */
const spokenIn = (log: string): string[] =>
  [...log.matchAll(/ - SPEECH OUTPUT: '(.*)'(?:\{.*\})?\r?$/gm)].map(([, text]) => text!.trim());
