import { expect, test } from 'vitest';
import { useBrowser } from '../support/browser.js';
import { KEY } from '../support/collector.js';
import { nowForFile } from '../support/day.js';
import { sharedSite } from '../support/report-site.js';

useBrowser();

const now = await nowForFile();

type Bill = [amount: string | undefined, currency?: string, property?: string];

/** The bills of each person. */
const BILLS: Record<string, Bill[]> = {
  refunded: [
    ['10', 'EUR'],
    ['-10', 'EUR'],
  ],
  'refunded without a currency': [['12.5'], ['-12.5']],
  'who got it for nothing': [['0', 'USD']],
  'without amounts': [[undefined], [undefined, 'EUR']],
  'of several currencies': [
    ['10', 'EUR'],
    ['5.5', 'eur'],
    ['5.125', 'KWD'],
    ['7', 'points'],
  ],
  'with a value like the code': [
    ['10', 'EUR'],
    ['5', 'EUREUR'],
  ],
  'with two properties for the currency': [
    ['10', 'EUR'],
    ['5', 'EUR', 'Billing Currency'],
    ['7', 'USD', 'Billing Currency'],
    ['2'],
  ],
  'of very many currencies': Array.from({ length: 13 }, (_, n): Bill => [`${n + 1}`, `points ${n}`]),
};

const site = sharedSite(
  Object.entries(BILLS).flatMap(([person, bills]) =>
    bills.map(([amount, currency, property = 'Currency'], n) => ({
      ...{ person, event: 'Billed', time: now - 60 * n },
      properties: { ...(amount && { 'Billing Amount': amount }), ...(currency && { [property]: currency }) },
    })),
  ),
);

/** What the page of a person shows as revenue. */
async function revenueOf(person: string): Promise<string> {
  const { page, collector } = await site();
  await page.goto(`${collector.origin}/person?${new URLSearchParams({ key: KEY, id: person }).toString()}`);
  await page.waitForSelector('.facts >> text=First source', { state: 'attached' }).catch(() => {});
  // Until all sums have arrived.
  await expect.poll(() => page.$$eval('.revenue dd', (all) => all.every((one) => one.textContent.trim()))).toBe(true);
  return page.$$eval('.revenue dd', (all) => all.map((one) => one.textContent).join());
}

/** https://github.com/woocommerce/woocommerce-admin/issues/2650 */
test('the revenue of somebody who was refunded everything is 0, and not missing', async () => {
  expect(await revenueOf('refunded')).toBe('€0.00');
  expect(await revenueOf('refunded without a currency')).toBe('0.00');
  expect(await revenueOf('who got it for nothing')).toBe('$0.00');
});

test('a bill without an amount is no revenue', async () => {
  expect(await revenueOf('without amounts')).toBe('');
});

test('amounts of one currency are added, in whatever case it is written', async () => {
  expect(await revenueOf('of several currencies')).toBe(['7.00 points', 'KWD\u00a05.125', '€15.50'].join());
  // A value that begins and ends like the code is another currency.
  expect(await revenueOf('with a value like the code')).toBe(['5.00 EUREUR', '€10.00'].join());
});

test('amounts of different currencies are not added if some bills have the currency in another property', async () => {
  const shown = await revenueOf('with two properties for the currency');
  expect(shown.split(',').sort()).toEqual(['$7.00', '2.00', '€15.00']);
});

test('of somebody with very many currencies, ten are asked for', async () => {
  const shown = (await revenueOf('of very many currencies')).split(',');
  expect(shown).toHaveLength(11);
  expect(shown.at(-1)).toBe('and in 3 other currencies');
});
