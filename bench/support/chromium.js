import { execFileSync } from 'node:child_process';
import puppeteer from 'puppeteer-core';
import { need } from './processes.js';

const PROGRAM = '/usr/bin/chromium';

/** Starts Chromium as a visitor has it, but without a window. It can reach no host but the site's. */
export async function startChromium({ host, origin }) {
  need(PROGRAM, 'chromium');
  const [version] = /[\d.]+/.exec(execFileSync(PROGRAM, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] }));
  const browser = await puppeteer.launch({
    executablePath: PROGRAM,
    // Chromium's interception of requests runs on the page's thread, and would be measured.
    networkEnabled: false,
    ignoreDefaultArgs: ['--enable-automation'],
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      // Trackers treat an automated browser as a bot, and refuse to start.
      '--disable-blink-features=AutomationControlled',
      `--user-agent=Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version.split('.')[0]}.0.0.0 Safari/537.36`,
      // A host name with several labels, as real sites have. The page is treated like one with https.
      `--host-resolver-rules=MAP ${host} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`,
      `--unsafely-treat-insecure-origin-as-secure=${origin}`,
    ],
  });
  return { version, browser };
}

/** Runs something in a page of a new browser profile. */
export async function inFreshPage(browser, run) {
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    return await run(page, await page.createCDPSession());
  } finally {
    await context.close();
  }
}
