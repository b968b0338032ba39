import { spawn, type ChildProcess } from 'node:child_process';
import { Builder, By, Capabilities, Key, type WebDriver } from 'selenium-webdriver';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { ADDRESS_BAR, CHROMIUM_ARGUMENTS } from './browser.js';
import { freePort } from './clickhouse.js';
import { findChromium, findFirefox, findWebKit } from './installed.js';

/** As much of a browser as tests need that run in all of them. */
export interface Tab {
  goto(url: string): Promise<void>;
  /** The value of an expression in the page; promises are waited for. */
  evaluate<Value>(expression: string): Promise<Value>;
  /** Comes back once the expression is true, on whatever page that is. */
  until(expression: string): Promise<void>;
  click(selector: string): Promise<void>;
  pressEnter(selector: string): Promise<void>;
}

export interface Engine {
  /** A tab in a profile of its own, which ends with it. */
  open: () => Promise<{ tab: Tab; close: () => Promise<void> }>;
  close(): Promise<void>;
}

/** The hosts that lead to this machine, for browsers that have to be told each of them. */
const HOSTS = ['www.example.test', 'shop.example.test', 'www.shop.test', 'blog.test'];

/** Engines by name, each with what starts it where it is installed. */
export const engines: Record<string, { installed: boolean; start: () => Promise<Engine> }> = {
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

async function startPuppeteer(launch: () => Promise<Browser>): Promise<Engine> {
  const browser = await launch();
  return {
    async open() {
      const context = await browser.createBrowserContext();
      return { tab: puppeteerTab(await context.newPage()), close: () => context.close() };
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
  };
}

/** No driver of others speaks to the system's WebKit: its own does, and wants a screen. */
async function startWebKit(): Promise<Engine> {
  const port = await freePort();
  const driver: ChildProcess = spawn('xvfb-run', ['-a', findWebKit()!, `--port=${port}`], {
    stdio: 'ignore',
    detached: true,
  });
  const server = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${server}/status`)).ok);
  const capabilities = new Capabilities({
    browserName: 'MiniBrowser',
    'webkitgtk:browserOptions': {
      binary: '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser',
      args: ['--automation'],
    },
  });
  return {
    async open() {
      const session = await new Builder().usingServer(server).withCapabilities(capabilities).build();
      return { tab: webDriverTab(session), close: () => session.quit() };
    },
    async close() {
      // The screen is a process beside it.
      process.kill(-driver.pid!);
    },
  };
}

function webDriverTab(session: WebDriver): Tab {
  const evaluate = <Value>(expression: string) => session.executeScript<Value>(`return (${expression})`);
  return {
    goto: (url) => session.get(url),
    evaluate,
    until: (expression) => until(() => evaluate(`Boolean(${expression})`)),
    click: async (selector) => session.findElement(By.css(selector)).click(),
    pressEnter: async (selector) => session.findElement(By.css(selector)).sendKeys(Key.ENTER),
  };
}

async function until(isTrue: () => Promise<unknown>): Promise<void> {
  const end = Date.now() + 60_000;
  for (;;) {
    // A page that is being left answers nothing.
    if (await isTrue().catch(() => false)) return;
    if (Date.now() > end) throw new Error('It did not become true in time.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
