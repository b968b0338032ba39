import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The Chromium of this machine: the one that is named, Playwright's own, or the system's. */
export function findChromium(): string | undefined {
  return [process.env.KMQ_CHROMIUM, chromium.executablePath(), ...PLACES].find((path) => path && existsSync(path));
}

/** Before all tests: gets a Chromium where there is none, or says what to install. */
export default function setup(): void {
  const playwright = join(dirname(createRequire(import.meta.url).resolve('playwright-core')), 'cli.js');
  if (!findChromium()) attempt(process.execPath, playwright, 'install', 'chromium');
  if (!findChromium()) attempt('apt-get', 'update', '-qq');
  if (!findChromium()) attempt('apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'chromium');
  if (!findChromium()) {
    throw new Error('The tests need Chromium: apt-get install chromium, or name one in KMQ_CHROMIUM.');
  }
}

function attempt(command: string, ...parameters: string[]): void {
  try {
    execFileSync(command, parameters, { stdio: 'ignore', timeout: 300_000 });
  } catch {
    // The next attempt, or the message at the end, speaks for it.
  }
}
