import { expect, test } from 'vitest';
import { newContext, openSite, useBrowser } from '../support/browser.js';
import { findChromium } from '../support/installed.js';
import { KEY, sharedCollector } from '../support/collector.js';

// The headless shell opens no tab by Ctrl.
useBrowser(findChromium());

const visited = sharedCollector(async (collector) => {
  for (const [name, day] of Object.entries({
    ann: '2025-09-01',
    bob: '2025-09-02',
    cat: '2025-09-02',
    dan: '2025-09-03',
  }))
    await collector.send(`/e?_k=${KEY}&_p=${name}&_n=Came&_d=1&_t=${Date.parse(`${day}T12:00Z`) / 1000}`);
  for (let age = 0; age < 4; age++)
    for (let person = 0; person < 5 - age; person++)
      await collector.send(`/e?_k=${KEY}&_p=${person}&_n=Came&_d=1&_t=${Math.floor(Date.now() / 1000) - age * 86_400}`);
});

async function openChart(touch: boolean, days = 'from=2025-09-01&to=2025-09-03') {
  const collector = await visited();
  const context = await newContext({
    hasTouch: touch,
    isMobile: touch,
    viewport: { width: touch ? 375 : 1280, height: 800 },
  });
  const { page } = await openSite({ collector, context });
  await page.goto(`${collector.origin}/trend?key=${KEY}&event=Came&compare=no&${days}`);
  await page.waitForSelector('.foot');
  const plot = page.locator('.plot').first();
  await plot.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await plot.boundingBox())!;
  return { page, context, middle: [x + 44 + (width - 44) / 2, y + height / 2] as const };
}

test('on a phone a tap shows the values of a point, and another tap opens its people', async () => {
  const { page, middle } = await openChart(true);
  const { pathname } = new URL(page.url());
  await page.touchscreen.tap(...middle);
  await expect.poll(() => page.textContent('.legend strong')).toBe('2');
  expect(await page.textContent('.looked')).toContain('Sep 2');
  expect(new URL(page.url()).pathname).toBe(pathname);
  await page.touchscreen.tap(...middle);
  await page.waitForSelector('.people-list');
  expect(await page.$$('.people-list tbody tr')).toHaveLength(2);
});

test('a click with Ctrl opens the people in another tab, as of a link', async () => {
  const { page, context, middle } = await openChart(false);
  const before = page.url();
  await page.mouse.move(...middle);
  await page.keyboard.down('Control');
  const opened = context.waitForEvent('page');
  await page.mouse.click(...middle);
  await page.keyboard.up('Control');
  const other = await opened;
  await other.waitForSelector('.people-list');
  expect(page.url()).toBe(before);
});

test('the area ends at the line, also before a part that has not ended', async () => {
  const today = new Date().toISOString().slice(0, 10);
  const first = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10);
  const { page } = await openChart(false, `from=${first}&to=${today}`);
  const paths = await page.$$eval('.series-1 path', (all) =>
    all.map((path) => [path.getAttribute('class'), path.getAttribute('d')]),
  );
  const of = (name: string) => paths.find(([each]) => each === name)?.[1] ?? '';
  expect(of('stroke')).not.toBe('');
  for (const line of [of('stroke'), of('stroke open')]) expect(of('fill')).toContain(line);
});
