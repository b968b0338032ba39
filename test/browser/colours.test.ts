import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { axeFaults } from '../support/axe.js';
import { newContext, useBrowser } from '../support/browser.js';
import { KEY, startCollector } from '../support/collector.js';
import { contrast, inFront } from '../support/contrast.js';
import { event, ownSite, sharedKeyboardSite } from '../support/keyboard-site.js';
import { siteOf } from '../support/report-site.js';

// What readers set in their system: its own colours, more contrast.
useBrowser();

const site = sharedKeyboardSite();

const styleOf = (page: Page, selector: string, name: string, pseudo?: string) =>
  page.$eval(selector, (element, [name, pseudo]) => getComputedStyle(element, pseudo).getPropertyValue(name), [
    name,
    pseudo,
  ] as const);

async function loginOf(): Promise<{ page: Page; origin: string }> {
  const { origin } = await startCollector({ token: 'a-token-of-an-owner-1' });
  return { page: await (await newContext()).newPage(), origin };
}

/** A colour of the system, as the page computes it. */
const systemColor = (page: Page, name: string) =>
  page.evaluate<string>(`(() => {
    document.documentElement.style.setProperty('caret-color', '${name}');
    return getComputedStyle(document.documentElement).caretColor;
  })()`);

test('in the colours of the system, frames, dots and the text of charts can be seen', async () => {
  const { page, collector } = await ownSite();
  await collector.send(`/e?_k=${KEY}&_p=ann&_n=Ordered&Plan=Pro`);
  await page.emulateMedia({ forcedColors: 'active' });
  const see = async (path: string, ready: string): Promise<void> => {
    await page.goto(`${collector.origin}${path}`);
    await page.waitForSelector(ready);
  };
  await see(`/?key=${KEY}`, '.plot .label');
  const text = await systemColor(page, 'CanvasText');
  const disabled = await systemColor(page, 'GrayText');
  expect(await styleOf(page, '.plot .label', 'fill')).toBe(text);
  expect(await styleOf(page, '.tick line:not(.zero)', 'stroke')).toBe(disabled);

  await see(`/people?key=${KEY}&filter=${encodeURIComponent('[{"event":"Signed Up"}]')}`, '.people-list');
  expect(await styleOf(page, '.people-builder', 'border-top-style')).toBe('solid');

  await see(`/person?key=${KEY}&id=ann`, '.timeline li');
  expect(await styleOf(page, '.day li', 'background-color', '::before')).toBe(text);
  expect(await styleOf(page, '.calendar .inactive', 'stroke')).toBe(disabled);
  expect(await styleOf(page, '.calendar text', 'fill')).toBe(text);

  await see(`/live?key=${KEY}`, '.row');
  await page.waitForSelector('[data-mode=on]');
  expect(await styleOf(page, '.state', 'background-color', '::before')).toBe(text);
  expect(await styleOf(page, '.rows', 'border-top-style')).toBe('solid');

  await see(`/start?key=${KEY}`, '.steps .row');
  expect(await styleOf(page, '.steps > li', 'border-top-style')).toBe('solid');
  await page.click('#url-builder summary');
  const selected = await systemColor(page, 'SelectedItem');
  expect(await styleOf(page, '.kinds :checked + span', 'background-color')).toBe(selected);
});

test('in the colours of the system a message does not look like a field', async () => {
  const { page, origin } = await loginOf();
  await page.emulateMedia({ forcedColors: 'active' });
  await page.goto(`${origin}/login`);
  await page.fill('input', 'another-token-of-1');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.fault');
  expect(await styleOf(page, '.fault', 'border-top-style')).toBe('none');
  expect(await styleOf(page, '.fault', 'border-left-width')).toBe('4px');
  expect(await styleOf(page, 'input', 'border-top-style')).toBe('solid');
});

test('text in empty fields can be read, and with more contrast the bars of a table can be seen', async () => {
  const { page, collector } = await site();
  for (const contrastWanted of ['no-preference', 'more'] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, contrast: contrastWanted });
      await page.goto(`${collector.origin}/people?key=${KEY}`);
      const field = '.toolbar input';
      await page.waitForSelector(field);
      const ground = await styleOf(page, field, 'background-color');
      const opacity = Number(await styleOf(page, field, 'opacity', '::placeholder'));
      const seen = inFront(await styleOf(page, field, 'color', '::placeholder'), ground, opacity);
      expect(contrast(seen, ground), `${colorScheme} ${contrastWanted}`).toBeGreaterThanOrEqual(4.5);
      // Nobody takes the placeholder for typed text.
      expect(contrast(seen, await styleOf(page, field, 'color'))).toBeGreaterThan(1.5);
      if (contrastWanted === 'no-preference') continue;

      await page.goto(`${collector.origin}/?key=${KEY}`);
      await page.waitForSelector('#events .bar');
      const bar = await styleOf(page, '#events .bar', 'background-color');
      const surface = await styleOf(page, '#events', 'background-color');
      expect(contrast(bar, surface)).toBeGreaterThanOrEqual(2.2);
      expect(contrast(await styleOf(page, '#events .narrow', 'color'), bar)).toBeGreaterThanOrEqual(4.5);
      expect(await axeFaults(page, [colorScheme])).toEqual([]);
    }
  }
});

test('on a phone no text of an empty field is cut off', async () => {
  const { page, collector } = await siteOf([{ ...event('ann', 'Signed Up', 2), properties: { Plan: 'Pro' } }]);
  const cut = () =>
    page.$$eval('[placeholder]', (all) =>
      (all as HTMLInputElement[])
        .filter((field) => {
          const { font, paddingLeft, paddingRight } = getComputedStyle(field);
          const pen = document.createElement('canvas').getContext('2d')!;
          pen.font = font;
          return (
            pen.measureText(field.placeholder).width >
            field.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)
          );
        })
        .map(({ placeholder }) => placeholder),
    );
  for (const width of [375, 320]) {
    await page.setViewportSize({ width, height: 800 });
    for (const [path, ready] of [
      ['/people', '.people-list'],
      ['/live', '.row'],
    ]) {
      await page.goto(`${collector.origin}${path}?key=${KEY}`);
      await page.waitForSelector(ready!);
      expect(await cut(), `${path} ${width}`).toEqual([]);
    }
  }
});

test('the parts of a bar can be told apart without their colours', async () => {
  const { page, collector } = await siteOf([
    event('ann', 'Visited Site', 3),
    ...['ann', 'bob'].map((person) => event(person, 'Visited Site', 2)),
  ]);
  await page.goto(`${collector.origin}/?key=${KEY}`);
  await page.waitForSelector('#new .series-2 rect');
  // On that day one person was new and one was not.
  const [below, above] = await page.$$eval('#new .plot g.series-1, #new .plot g.series-2', (series) =>
    series.map((one) => one.querySelectorAll('rect').item(25).getBoundingClientRect()),
  );
  const bottom = above!.top + above!.height;
  expect([below!.height > 50, above!.height > 50, below!.left]).toEqual([true, true, above!.left]);
  expect(below!.top - bottom).toBeCloseTo(1, 1);
});
