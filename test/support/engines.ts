import { spawn } from 'node:child_process';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';
import { Builder, By, Capabilities, error, Key, type WebDriver } from 'selenium-webdriver';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { ADDRESS_BAR, CHROMIUM_ARGUMENTS } from './browser.js';
import { freePort } from './ports.js';
import { findChromium, findFirefox, findWebKit } from './installed.js';
import { LONG } from './long.js';

/** The methods of a browser for tests that run in all engines. */
export interface Tab {
  goto(url: string): Promise<void>;
  /** The value of an expression in the page; promises are waited for. */
  evaluate<Value>(expression: string): Promise<Value>;
  /** Resolves once the expression is true, on whatever page that is. */
  until(expression: string): Promise<void>;
  click(selector: string): Promise<void>;
  pressEnter(selector: string): Promise<void>;
  /** Ends its profile before the test is over: WebKit can have only one at a time. */
  close(): Promise<void>;
}

interface Engine {
  /** A tab in its own profile, which ends with the tab. */
  open: () => Promise<Tab>;
  close(): Promise<void>;
}

/** The tools of a test that runs in each engine. */
export interface InEngine {
  /** The name of the engine. */
  name: string;
  /** A tab in its own profile, closed when the test is over. */
  openTab: () => Promise<Tab>;
  /** A site on this machine and a tab, closed when the test is over. */
  serve: (answer: RequestListener) => Promise<EngineSite>;
}

export interface EngineSite {
  tab: Tab;
  /**
   * The address of a path, on a host of HOSTS. WebKit cannot be told where host names lead: there all of them are 127.0.0.1.
   */
  at: (path: string, host?: string) => string;
}

/** The hosts that lead to this machine, for browsers in which each has to be configured. */
const HOSTS = ['www.example.test', 'shop.example.test', 'www.shop.test', 'blog.test'];

/** The engines by name, each with the function that starts it if it is installed. */
const engines: Record<string, { installed: boolean; start: () => Promise<Engine> }> = {
  Chromium: {
    installed: Boolean(findChromium()),
    start: () =>
      startPuppeteer(() =>
        puppeteer.launch({
          executablePath: findChromium()!,
          args: [...CHROMIUM_ARGUMENTS, `--disable-features=${ADDRESS_BAR.join()}`],
          timeout: 120_000,
        }),
      ),
  },
  Firefox: {
    installed: Boolean(findFirefox()),
    start: () =>
      startPuppeteer(() =>
        puppeteer.launch({
          browser: 'firefox',
          executablePath: findFirefox()!,
          timeout: 120_000,
          extraPrefsFirefox: { 'network.dns.localDomains': HOSTS.join() },
        }),
      ),
  },
  WebKit: { installed: Boolean(findWebKit()), start: startWebKit },
};

/** Tests that run in Chromium, and in the long tests also in each other installed engine. */
export function inChromium(title: string, body: (engine: InEngine) => void): void {
  inEngines(LONG ? Object.keys(engines) : ['Chromium'], title, body);
}

/**
 * Tests that run in the engines other than Chromium, and in Chromium as well in the long tests or if there is no other: other
 * files test the same in Chromium.
 */
export function besideChromium(title: string, body: (engine: InEngine) => void): void {
  const others = Object.keys(engines).filter((name) => name !== 'Chromium');
  const isAlone = others.every((name) => !engines[name]!.installed);
  inEngines(LONG || isAlone ? Object.keys(engines) : others, title, body);
}

/** Each installed engine is started once for the tests of `body`. */
function inEngines(names: string[], title: string, body: (engine: InEngine) => void): void {
  for (const name of names) {
    const { installed, start } = engines[name]!;
    describe.skipIf(!installed)(`${name}, ${title}`, () => {
      let engine: Engine | undefined;
      beforeAll(async () => {
        engine = await start();
      });
      afterAll(() => engine?.close());

      const openTab = async (): Promise<Tab> => {
        const tab = await engine!.open();
        let closed: Promise<void> | undefined;
        const close = () => (closed ??= tab.close());
        onTestFinished(close);
        return { ...tab, close };
      };
      const serve = async (answer: RequestListener): Promise<EngineSite> => {
        const server = createServer(answer);
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        onTestFinished(() => void server.close().closeAllConnections());
        const { port } = server.address() as AddressInfo;
        const at = (path: string, host = HOSTS[0]) => `http://${name === 'WebKit' ? '127.0.0.1' : host}:${port}${path}`;
        return { tab: await openTab(), at };
      };
      body({ name, openTab, serve });
    });
  }
}

async function startPuppeteer(launch: () => Promise<Browser>): Promise<Engine> {
  const browser = await launch();
  return {
    async open() {
      const context = await browser.createBrowserContext();
      return puppeteerTab(await context.newPage());
    },
    close: () => browser.close(),
  };
}

function puppeteerTab(page: Page): Tab {
  const evaluate = <Value>(expression: string) => page.evaluate(expression) as Promise<Value>;
  return {
    async goto(url) {
      await page.goto(url);
    },
    evaluate,
    until: (expression) => until(() => evaluate(`Boolean(${expression})`)),
    click: (selector) => page.click(selector),
    async pressEnter(selector) {
      await page.focus(selector);
      await page.keyboard.press('Enter');
    },
    close: () => page.browserContext().close(),
  };
}

/** Starts the system's WebKit. It works only with its own driver, and needs a screen. */
async function startWebKit(): Promise<Engine> {
  let driver = await startWebKitDriver();
  return {
    async open() {
      // On a busy machine the driver sometimes waits for ever for a browser that has started. A new driver starts a new browser.
      for (let attempts = 3; ; attempts--) {
        try {
          return webDriverTab(
            await within(new Builder().usingServer(driver.server).withCapabilities(WEBKIT).build(), 'a session'),
          );
        } catch (reason) {
          if (!(reason instanceof NoAnswer) || attempts === 1) throw reason;
          driver.kill();
          driver = await startWebKitDriver();
        }
      }
    },
    close: () => Promise.resolve(driver.kill()),
  };
}

const WEBKIT = new Capabilities({
  browserName: 'MiniBrowser',
  // In milliseconds. Each command waits for the end of a navigation first, and under load the driver sometimes does not see
  // that end: then the command waits this long. The driver's own limit, five minutes, is as long as a whole test.
  timeouts: { pageLoad: 20_000, script: 20_000 },
  'webkitgtk:browserOptions': {
    binary: '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser',
    args: ['--automation'],
  },
});

async function startWebKitDriver(): Promise<{ server: string; kill: () => void }> {
  const port = await freePort();
  const driver = spawn('xvfb-run', ['-a', findWebKit()!, `--port=${port}`], { stdio: 'ignore', detached: true });
  const server = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${server}/status`)).ok);
  // The screen is a separate process.
  return { server, kill: () => process.kill(-driver.pid!) };
}

/** The driver has not answered for a minute. Each limit of the driver itself is shorter, and its client has no limit. */
class NoAnswer extends Error {}

async function within<Value>(answer: Promise<Value>, what: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(`WebKit has not answered for a minute: ${what}`)), 60_000);
  });
  try {
    return await Promise.race([answer, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function webDriverTab(session: WebDriver): Tab {
  const evaluate = <Value>(expression: string) =>
    within(session.executeScript<Value>(`return (${expression})`), expression);
  return {
    async goto(url) {
      await within(session.get(url), url).catch((reason) => {
        if (!(reason instanceof error.TimeoutError)) throw reason;
        return until(() => evaluate(`location.href == ${JSON.stringify(url)} && document.readyState == 'complete'`));
      });
    },
    evaluate,
    until: (expression) => until(() => evaluate(`Boolean(${expression})`)),
    click: (selector) => within(session.findElement(By.css(selector)).click(), selector),
    pressEnter: (selector) => within(session.findElement(By.css(selector)).sendKeys(Key.ENTER), selector),
    close: () => within(session.quit(), 'the end of the session'),
  };
}

async function until(isTrue: () => Promise<unknown>): Promise<void> {
  const end = Date.now() + 60_000;
  for (;;) {
    // A page that is being left does not answer.
    if (await isTrue().catch(() => false)) return;
    if (Date.now() > end) throw new Error('It did not become true in time.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
