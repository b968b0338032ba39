import { Buffer } from 'node:buffer';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { MOMENT } from './moment.js';

/** Where Chromium may be, as in the tests: the one named by a variable, Playwright's own, or the system's. */
const PROGRAMS = [
  process.env.KMQ_CHROMIUM,
  chromium.executablePath(),
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** A higher quality makes larger files without a visible difference. */
const QUALITY = 0.8;

/** How many pixels of a page with a long list are taken. */
const BEGINNING = 1400;

/** Opens Chromium. Pictures are WebP, which is half as large as PNG. */
export async function openCamera() {
  const executablePath = PROGRAMS.find((path) => path && existsSync(path));
  if (!executablePath)
    throw new Error('This needs Chromium: apt-get install chromium, or set KMQ_CHROMIUM to its path.');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-lcd-text'] });
  const darkroom = await browser.newPage();

  /** @returns a picture of the whole page, or of its beginning if it is a long list */
  async function take(origin, { path, ready, prepare, isLong }, { width, scheme }) {
    const context = await browser.newContext({
      viewport: { width, height: width > 600 ? 800 : 812 },
      colorScheme: scheme,
      reducedMotion: 'reduce',
      locale: 'en-US',
      timezoneId: 'UTC',
    });
    try {
      const page = await context.newPage();
      await page.clock.setFixedTime(MOMENT);
      await page.goto(origin + path);
      await page.waitForSelector(ready);
      await prepare?.(page);
      await page.waitForFunction(() => !document.querySelector('progress'));
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      const clip = { x: 0, y: 0, width, height: isLong ? Math.min(height, BEGINNING) : height };
      const png = await page.screenshot({ fullPage: true, clip, animations: 'disabled' });
      return await asWebP(png);
    } finally {
      await context.close();
    }
  }

  async function asWebP(png) {
    const base64 = await darkroom.evaluate(
      async ([source, quality]) => {
        const image = await createImageBitmap(await (await fetch(source)).blob());
        const canvas = new OffscreenCanvas(image.width, image.height);
        canvas.getContext('2d').drawImage(image, 0, 0);
        const picture = await canvas.convertToBlob({ type: 'image/webp', quality });
        return new Uint8Array(await picture.arrayBuffer()).toBase64();
      },
      [`data:image/png;base64,${png.toString('base64')}`, QUALITY],
    );
    return Buffer.from(base64, 'base64');
  }

  return { take, close: () => browser.close() };
}
