import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { beforeAll, expect, onTestFinished } from 'vitest';
import { fillLoader } from '../../src/loader/fill.js';
import { findChromium, findHeadlessChromium } from './installed.js';
import { KEY, startCollector, type TestCollector } from './collector.js';

/** Every host that the tests open leads to this machine; no other host is requested. */
export const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--host-resolver-rules=MAP *.test 127.0.0.1, MAP *.co.uk 127.0.0.1',
];

/**
 * Every new window renders two hidden pages for its address bar, which costs more than most tests: half of the processor's
 * time.
 */
export const ADDRESS_BAR = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup'];

/** The features that Playwright switches off (chromiumSwitches in its sources): Chromium uses only the last list. */
const OF_PLAYWRIGHT = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
];

/**
 * @param program the headless shell, if it is installed: it knows no preferences, and opens no tab by the middle button or Ctrl
 */
export function chromiumOptions(program = findHeadlessChromium() ?? findChromium()!) {
  const off = `--disable-features=${[...OF_PLAYWRIGHT, ...ADDRESS_BAR].join()}`;
  return {
    executablePath: program,
    args: [...CHROMIUM_ARGUMENTS, off],
    timeout: 120_000,
  };
}

/** Browsers that run, by their program. They end with the process of the tests. */
const browsers = new Map<string | undefined, Browser>();
let browser: Browser;

/** One Chromium for the tests of all files that a process runs, each test with a profile of its own; call it at the top of a file. */
export function useBrowser(program?: string): void {
  beforeAll(async () => {
    if (!browsers.get(program)?.isConnected()) browsers.set(program, await chromium.launch(chromiumOptions(program)));
    browser = browsers.get(program)!;
  });
}

/** A new browser profile, removed after the test. */
export async function newContext(options?: BrowserContextOptions): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  return context;
}

export interface Site {
  collector: TestCollector;
  port: number;
  context: BrowserContext;
  page: Page;
  /** Errors of the page's window, and what the tracker logged to the console. */
  errors: string[];
  console: string[];
  /** Addresses of the hits that the page sent, alone or in a batch, in their order; without batches sent while it was left. */
  hits: URL[];
  /** Opens a page of the site with this head and body. */
  open(head: string, at?: { host?: string; path?: string; body?: string }): Promise<void>;
  /** Waits until the collector has stored so many hits, and returns them as it exports them, in the order of their pushes. */
  stored(count: number): Promise<Record<string, unknown>[]>;
  cookies(): Promise<Record<string, string>>;
}

export interface SiteOptions {
  /** Keeps automatic tracking on. By default it is off, so that tests get only the hits that they push. */
  automatic?: boolean;
  collector?: TestCollector;
  context?: BrowserContext;
  host?: string;
}

/** A site with pages, its own collector and a browser without any history. */
export async function openSite(options: SiteOptions = {}): Promise<Site> {
  const collector = options.collector ?? (await startCollector());
  const pages = new Map<string, string>();
  const server = createServer((request, response) => {
    const path = request.url!.split('?')[0]!;
    if (path === '/kmq.mjs') {
      response.setHeader('content-type', 'text/javascript');
      response.end(readFileSync('dist/kmq.mjs'));
      return;
    }
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(pages.get(path) ?? '<!doctype html><title>Empty</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const context = options.context ?? (await browser.newContext());
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  onTestFinished(async () => {
    await context.close();
    server.close();
    server.closeAllConnections();
  });

  const errors: string[] = [];
  const messages: string[] = [];
  const hits: URL[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => messages.push(message.text()));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (/^\/[esa]$/.test(url.pathname)) hits.push(url);
    // The driver cannot read the body of a request that is sent while the page is left.
    if (url.pathname === '/b') for (const line of request.postData()?.split('\n') ?? []) hits.push(new URL(line, url));
  });

  return {
    collector,
    port,
    context,
    page,
    errors,
    console: messages,
    hits,
    async open(head, { host = options.host ?? 'www.example.test', path = '/', body = '' } = {}) {
      const quiet = options.automatic ? '' : QUIET;
      pages.set(
        path.split(/[?#]/)[0]!,
        `<!doctype html><html><head><title>Page</title>${quiet}${head}</head><body>${body}</body></html>`,
      );
      await page.goto(`http://${host}:${port}${path}`);
    },
    async stored(count) {
      await expect.poll(async () => (await collector.export()).length).toBeGreaterThanOrEqual(count);
      // Waits, so that hits which should not have been sent would arrive as well.
      await new Promise((resolve) => setTimeout(resolve, 100));
      // The browser reports its requests with a delay: all are reported once the page answers.
      await page.evaluate('0').catch(() => {});
      const lines = await collector.export();
      expect(lines).toHaveLength(count);
      return inOrderOfPush(lines);
    },
    async cookies() {
      const found = await context.cookies();
      return Object.fromEntries(found.map(({ name, value }) => [name, value]));
    },
  };
}

/** Hits are sent in parallel and arrive in any order; the ids that the tracker gives them sort in the order of the pushes. */
export function inOrderOfPush<Line extends Record<string, unknown>>(lines: Line[]): Line[] {
  const ids = new Map(lines.map((line) => [line, String(line._i)]));
  const isTrackers = [...ids.values()].every((id) => /^\d{16}[\w-]{10}$/.test(id));
  return isTrackers ? lines.toSorted((a, b) => (ids.get(a)! < ids.get(b)! ? -1 : 1)) : lines;
}

/** Switches off automatic events, except those of tagged URLs, of campaigns and of an event library. */
export const QUIET =
  '<script>KM_SKIP_VISITED_SITE = KM_SKIP_REFERRER = KM_SKIP_SEARCH_ENGINE = KM_SKIP_RETURNING = 1</script>';

/** The three ways in which a page can load the tracker. */
export const snippets = {
  loader: ({ origin }: TestCollector) =>
    `<script>${fillLoader(readFileSync('dist/loader.js', 'utf8'), origin, KEY)}</script>`,

  bare: ({ origin }: TestCollector) => `<script async src="${origin}/${KEY}.js"></script>`,

  /** The original snippet, in its documented form: queue, key, and two files that are requested a moment later. */
  original: ({ origin }: TestCollector) => {
    const host = origin.replace(/^\w+:/, '');
    return `<script>
      var _kmq = _kmq || [];
      var _kmk = _kmk || '${KEY}';
      function _kms(u) {
        setTimeout(function () {
          var first = document.getElementsByTagName('script')[0], s = document.createElement('script');
          s.async = true; s.src = u; first.parentNode.insertBefore(s, first);
        }, 1);
      }
      _kms('${host}/i.js'); _kms('${host}/' + _kmk + '.2.js');
    </script>`;
  },
};

/** A script that pushes before the tracker can have loaded. */
export const script = (code: string): string => `<script>window._kmq = window._kmq || [];${code}</script>`;

/** Runs code in the page once the tracker has loaded. */
export async function afterLoad(page: Page, code: string): Promise<void> {
  await page.waitForFunction('window.KM && KM.record');
  await page.evaluate(code);
}
