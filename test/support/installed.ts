import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright-core';
import { findClickHouse } from './clickhouse.js';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FIREFOX = ['/usr/bin/firefox-esr', '/usr/bin/firefox'];

/** The Chromium of this machine: the one that is named, Playwright's own, or the system's. */
export function findChromium(): string | undefined {
  return [process.env.KMQ_CHROMIUM, chromium.executablePath(), ...CHROMIUM].find((path) => path && existsSync(path));
}

/** The Firefox of this machine: the one that is named, or the system's. */
export function findFirefox(): string | undefined {
  return [process.env.KMQ_FIREFOX, ...FIREFOX].find((path) => path && existsSync(path));
}

/** WebKit's own driver, where the system has it, and a screen for it to draw on. */
export function findWebKit(): string | undefined {
  return ['/usr/bin/WebKitWebDriver'].find((path) => existsSync(path) && existsSync('/usr/bin/xvfb-run'));
}

/** Before all tests: gets a Chromium, a Firefox and a ClickHouse where there are none, or says what to install. */
export default function setup(): void {
  const playwright = join(dirname(createRequire(import.meta.url).resolve('playwright-core')), 'cli.js');
  if (!findChromium()) attempt(process.execPath, playwright, 'install', 'chromium');
  const missing = [
    ...(findChromium() ? [] : ['chromium']),
    ...(findFirefox() ? [] : ['firefox-esr']),
    ...(findClickHouse() ? [] : ['clickhouse-server']),
  ];
  if (missing.length) attempt('apt-get', 'update', '-qq');
  for (const name of missing) attempt('apt-get', 'install', '-y', '-qq', '--no-install-recommends', name);
  if (!findChromium()) {
    throw new Error('The tests need Chromium: apt-get install chromium, or name one in KMQ_CHROMIUM.');
  }
  if (!findFirefox()) {
    console.warn('Without Firefox its tests are left out: apt-get install firefox-esr, or name one in KMQ_FIREFOX.');
  }
  if (!findClickHouse()) {
    console.warn('Without ClickHouse the tests of that store are left out: apt-get install clickhouse-server.');
  }
  if (!findWebKit()) {
    console.warn('Without WebKit its tests are left out: apt-get install webkit2gtk-driver xvfb xauth.');
  }
}

function attempt(command: string, ...parameters: string[]): void {
  try {
    execFileSync(command, parameters, { stdio: 'ignore', timeout: 300_000 });
  } catch {
    // The next attempt, or the message at the end, speaks for it.
  }
}
