import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { openSite, useBrowser } from '../support/browser.js';
import { KEY, sharedCollector } from '../support/collector.js';
import { eachNth } from '../support/long.js';

useBrowser();

const visited = sharedCollector(async (collector) => {
  for (const [event, plan] of [
    ['Visited Site', 'Free'],
    ['Signed Up', 'Pro'],
    ['Paid', 'Pro'],
  ] as const)
    await collector.send(`/e?${new URLSearchParams({ _k: KEY, _p: 'ann', _n: event, Plan: plan }).toString()}`);
});

const steps = (...all: object[]) => ({ steps: JSON.stringify(all) });
const split = (property: string) => ({ split: JSON.stringify({ property, attribution: 'first ever' }) });
const VISITED = { event: 'Visited Site' };
const withTest = (test: object) => steps({ ...VISITED, where: [test] }, { event: 'Paid' });

const address = (path: string, parameters: Record<string, string>) =>
  `${path}?${new URLSearchParams({ key: KEY, ...parameters }).toString()}`;

/** The page changes its own address, as its fields do: a new entry of the history, without a load. */
const change = (page: Page, to: string) =>
  page.evaluate(`history.pushState(null, '', ${JSON.stringify(to)}); dispatchEvent(new Event('kmq-address'))`);

/**
 * A field is removed, or gets its former value, while text is in it that was not chosen: the browser then says that the field is left.
 * To choose that text would be a change of the question that nobody wanted, and there would be no way forward.
 */
test.each(
  eachNth(
    [
      [
        'a step',
        '/funnel',
        steps(VISITED),
        steps(VISITED, { event: 'Paid' }),
        '.funnel-steps [role=combobox] >> nth=1',
      ],
      ['the first step', '/funnel', steps(VISITED), steps({ event: 'Paid' }), '.funnel-steps [role=combobox]'],
      ['an event', '/trend', { event: 'Visited Site' }, { event: 'Paid' }, '.question [role=combobox]'],
      ['a split', '/trend', { event: 'Paid' }, { event: 'Paid', ...split('Plan') }, '.split [role=combobox]'],
      [
        'the property of a split',
        '/funnel',
        { ...steps(VISITED), ...split('Price') },
        { ...steps(VISITED), ...split('Plan') },
        '.split [role=combobox]',
      ],
      [
        'the property of a test',
        '/funnel',
        steps(VISITED, { event: 'Paid' }),
        withTest({ property: 'Plan', equals: 'Pro' }),
        '.tests input[aria-label=Property]',
      ],
      [
        'a value',
        '/funnel',
        steps(VISITED, { event: 'Paid' }),
        withTest({ property: 'Plan', equals: 'Pro' }),
        '.tests input[aria-label=Value]',
      ],
      [
        'a number',
        '/funnel',
        steps(VISITED, { event: 'Paid' }),
        withTest({ property: 'Plan', greater: 4 }),
        '.tests input[aria-label=Value]',
      ],
    ] as const,
    3,
  ),
)('after Back, %s that was being typed is not chosen', async (_, path, before, after, field) => {
  const collector = await visited();
  const { page, errors } = await openSite({ collector });
  await page.goto(collector.origin + address(path, before));
  await page.waitForSelector('.foot');
  const first = page.url();
  await change(page, address(path, after));
  const second = page.url();
  await page.locator(field).click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('7');
  await page.goBack();
  await expect.poll(() => page.$$('[aria-busy=true]')).toEqual([]);
  expect(page.url()).toBe(first);
  // Nor when the field is left afterwards.
  await page.click('.printed');
  await page.waitForTimeout(100);
  expect(page.url()).toBe(first);
  await page.goForward();
  expect(page.url()).toBe(second);
  await page.waitForSelector(field);
  expect(await page.inputValue(field)).not.toBe('7');
  expect(errors).toEqual([]);
});
