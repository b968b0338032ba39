import { expect, test } from 'vitest';
import { openSite, useBrowser } from '../support/browser.js';
import { KEY, sharedCollector } from '../support/collector.js';
import { eachNth } from '../support/long.js';

useBrowser();

const visited = sharedCollector(async (collector) => {
  await collector.send(`/e?_k=${KEY}&_p=ann&_n=Signed+Up`);
  await collector.send(`/e?_k=${KEY}&_p=bob&_n=Visited`);
});

const open = async (path: string, parameters: Record<string, string>) => {
  const { page, collector } = await openSite({ collector: await visited() });
  await page.goto(`${collector.origin}${path}?${new URLSearchParams({ key: KEY, ...parameters }).toString()}`);
  await page.waitForSelector('.foot');
  return page;
};

/** https://github.com/metabase/metabase/issues/16731 */
test.each(eachNth(['/', '/trend', '/funnel', '/people'], 3))(
  '%s says that the filter of its address cannot be read',
  async (path) => {
    for (const filter of [
      '[{"event":"Sign',
      '{"event":"Signed Up"}',
      '[{"event":"Signed Up"},7]',
      '[{"event":"Signed Up"},[7]]',
      `[${'{"any":['.repeat(1000)}{"event":"Signed Up"}${']}'.repeat(1000)}]`,
    ]) {
      const page = await open(path, { filter });
      expect(await page.textContent('.warning')).toContain('A part of the filter in this URL cannot be read');
      await page.click('text=Leave out that part');
      await expect.poll(() => page.$$('.warning')).toEqual([]);
      const kept = new URL(page.url()).searchParams.get('filter');
      expect(kept).toBe(/7]+$/.test(filter) ? '[{"event":"Signed Up"}]' : null);
      await page.close();
    }
    const page = await open(path, { filter: '[{"event":"Signed Up"}]' });
    expect(await page.$$('.warning')).toEqual([]);
  },
);

/** https://github.com/plausible/analytics/issues/5899 */
test.each(eachNth(['/', '/trend', '/funnel', '/people'], 3))(
  '%s says what is wrong within a condition of its address',
  async (path) => {
    const { page, collector, errors } = await openSite({ collector: await visited() });
    for (const condition of [
      { all: [null] },
      { any: ['x', []] },
      { event: 'Signed Up', where: [null] },
      { event: 'Signed Up', where: 'x' },
      { not: { event: 'Signed Up', where: [null] } },
      { property: 'Plan', greater: '10,5' },
    ]) {
      const filter = JSON.stringify([condition]);
      await page.goto(`${collector.origin}${path}?${new URLSearchParams({ key: KEY, filter }).toString()}`);
      const said = await page.waitForSelector('.fault, .field-fault');
      expect(await said.textContent(), filter).toMatch(/must be|needs/);
      // The condition is shown, and can be removed.
      await page.waitForSelector('[aria-label^="Remove"]');
      expect(await page.textContent('main'), filter).not.toMatch(/undefined|NaN/);
    }
    expect(errors).toEqual([]);
  },
);

test.each([
  ['2026-02-31', '2026-03-10'],
  ['1999-02-01', '1999-03-01'],
  ['2100-12-01', '2101-01-01'],
])('days that the calendar or reports do not have are ignored like other damage: %s – %s', async (from, to) => {
  const page = await open('/', { from, to });
  expect(await page.getAttribute('.range-picker button:text("28 days")', 'aria-pressed')).toBe('true');
  await page.waitForSelector('.totals');
});

test('more conditions than fields can show are in words', async () => {
  const { page, collector } = await openSite({ collector: await visited() });
  const filter = JSON.stringify([{ any: Array.from({ length: 250 }, () => ({ event: 'Signed Up' })) }]);
  await page.goto(`${collector.origin}/people?${new URLSearchParams({ key: KEY, filter }).toString()}`);
  await page.waitForSelector('.field-fault');
  expect(await page.locator('.people-builder select').count()).toBe(0);
  await page.click('[aria-label="Remove condition 1"]');
  await page.click('text=Show people');
  await page.waitForSelector('.people-list');
});

test('for a damaged cell in its address, People shows an error and fails in no part', async () => {
  const { page, collector, errors } = await openSite({ collector: await visited() });
  for (const read of [
    { kind: 'trend', question: null, place: {} },
    { kind: 'trend', question: { event: 'Signed Up', where: 'x' }, place: {} },
    { kind: 'trend', question: { event: {}, split: { property: 7 } }, place: { value: [], start: 'x' } },
    { kind: 'names', question: { from: 'x', to: 'y' }, place: {} },
    { kind: 'funnel', question: {}, place: { step: 1 } },
    { kind: 'constructor', question: { filter: [null] }, place: { event: 'x' } },
  ]) {
    const cell = Buffer.from(JSON.stringify(read)).toString('base64url');
    await page.goto(`${collector.origin}/people?${new URLSearchParams({ key: KEY, cell }).toString()}`);
    await page.waitForSelector('.fault, .field-fault');
    expect(await page.textContent('.behind'), cell).toContain('Only the people behind one number');
  }
  expect(errors).toEqual([]);
});
