import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright-core';
import { installChdb } from './chdb/start.js';
import { findClickHouseServer, ON_CHDB } from './clickhouse.js';
import { LONG } from './long.js';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const HEADLESS = '/usr/lib/chromium/chromium-headless-shell';
const FIREFOX = ['/usr/bin/firefox-esr', '/usr/bin/firefox'];

/** The Chromium of this machine: the configured one, Playwright's own, or the system's. */
export function findChromium(): string | undefined {
  return [process.env.KMQ_CHROMIUM, chromium.executablePath(), ...CHROMIUM].find((path) => path && existsSync(path));
}

/** The configured Chromium, or the headless shell. The shell draws no windows: a page in it takes two thirds of the time. */
export function findHeadlessChromium(): string | undefined {
  return [process.env.KMQ_CHROMIUM, HEADLESS].find((path) => path && existsSync(path));
}

/** The Firefox of this machine: the configured one, or the system's. */
export function findFirefox(): string | undefined {
  return [process.env.KMQ_FIREFOX, ...FIREFOX].find((path) => path && existsSync(path));
}

/** WebKit's own driver, if it is installed, and a screen for it to draw on. */
export function findWebKit(): string | undefined {
  return ['/usr/bin/WebKitWebDriver'].find((path) => existsSync(path) && existsSync('/usr/bin/xvfb-run'));
}

/** nginx, and the program that makes a certificate for it. */
export function findNginx(): string | undefined {
  return ['/usr/sbin/nginx'].find((path) => existsSync(path) && existsSync('/usr/bin/openssl'));
}

/** The screen reader Orca, and what it needs without a desktop. */
export function findOrca(): string | undefined {
  const needed = ['Xvfb', 'openbox', 'xdotool', 'dbus-daemon'].map((name) => `/usr/bin/${name}`);
  return ['/usr/bin/orca'].find((path) =>
    [path, ...needed, '/usr/libexec/at-spi-bus-launcher'].every((one) => existsSync(one)),
  );
}

export function findCaddy(): string | undefined {
  return ['/usr/bin/caddy'].find((path) => existsSync(path));
}

interface Program {
  name: string;
  find: () => string | undefined;
  /** The package in Debian. */
  packages: string[];
  /** The consequence if it is missing. */
  without: string;
}

const PROGRAMS: Program[] = [
  { name: 'Chromium', find: findChromium, packages: ['chromium'], without: 'the tests cannot start' },
  {
    name: 'headless Chromium',
    find: findHeadlessChromium,
    // All packages of Chromium must have the same version.
    get packages() {
      return [`chromium-headless-shell${versionOf('chromium-common', '=')}`];
    },
    without: 'the tests take longer',
  },
  { name: 'Firefox', find: findFirefox, packages: ['firefox-esr'], without: 'its tests are left out' },
  {
    name: 'WebKit',
    find: findWebKit,
    packages: ['webkit2gtk-driver', 'xvfb', 'xauth'],
    without: 'its tests are left out',
  },
  {
    name: 'ClickHouse',
    find: () => (ON_CHDB ? 'chdb' : findClickHouseServer()),
    packages: ['clickhouse-server'],
    without: 'the tests of that store are left out',
  },
  { name: 'Caddy', find: findCaddy, packages: ['caddy'], without: 'its tests are left out' },
  { name: 'nginx', find: findNginx, packages: ['nginx', 'openssl'], without: 'its tests are left out' },
  ...(LONG
    ? [
        {
          name: 'Orca',
          find: findOrca,
          packages: ['orca', 'xvfb', 'openbox', 'xdotool', 'dbus', 'at-spi2-core', 'speech-dispatcher'],
          without: 'the tests with a screen reader are left out',
        },
      ]
    : []),
];

/** Before all tests: installs the programs that they need and this machine lacks, or says what to install. */
export default function setup(): void {
  if (ON_CHDB) installChdb();
  const missing = () => PROGRAMS.filter(({ find }) => !find());
  if (!findChromium()) {
    console.log('Installing Chromium: playwright-core install chromium');
    const playwright = join(dirname(createRequire(import.meta.url).resolve('playwright-core')), 'cli.js');
    attempt(process.execPath, playwright, 'install', 'chromium');
  }
  if (missing().length) {
    attempt('apt-get', 'update', '-qq');
    install(missing());
    // A package that this system does not know prevents the installation of all others with it.
    if (missing().length > 1) for (const program of missing()) install([program]);
  }
  for (const { name, packages, without } of missing()) {
    const sentence = `Without ${name} ${without}: apt-get install ${packages.join(' ')}`;
    if (name === 'Chromium') throw new Error(`${sentence}, or set KMQ_CHROMIUM to the path of a Chromium.`);
    console.warn(`${sentence}.`);
  }
}

function install(programs: Program[]): void {
  for (const { name, packages } of programs) console.log(`Installing ${name}: apt-get install ${packages.join(' ')}`);
  const packages = programs.flatMap((program) => program.packages);
  attempt('apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages);
}

/** The installed version of a package, with a prefix; empty if there is none. */
function versionOf(name: string, before: string): string {
  try {
    const query = ['-W', '-f', '${Version}', name];
    return before + execFileSync('dpkg-query', query, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}

function attempt(command: string, ...parameters: string[]): void {
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    execFileSync(command, parameters, { stdio: 'ignore', timeout: 600_000, env });
  } catch {
    // The next attempt, or the message at the end, reports the error.
  }
}
