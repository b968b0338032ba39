import { expect, test } from 'vitest';
import { useBrowser } from '../support/browser.js';
import { KEY } from '../support/collector.js';
import { answerOf, siteOf } from '../support/report-site.js';

useBrowser();

const now = Math.floor(Date.now() / 1000);

/** What the page of a person shows as revenue, of bills of an amount and perhaps a currency. */
async function revenueOf(...bills: [amount: string | undefined, Currency?: string][]): Promise<string> {
  const site = await siteOf(
    bills.map(([amount, Currency], n) => ({
      ...{ person: 'ann', event: 'Billed', time: now - 60 * n },
      properties: { ...(amount && { 'Billing Amount': amount }), ...(Currency && { Currency }) },
    })),
  );
  await answerOf(site.collector, 'names', {});
  await site.page.goto(`${site.collector.origin}/person?key=${KEY}&id=ann`);
  await site.page.waitForSelector('.facts >> text=First source', { state: 'attached' }).catch(() => {});
  // Until all sums have arrived.
  await expect
    .poll(() => site.page.$$eval('.revenue dd', (all) => all.every((one) => one.textContent.trim())))
    .toBe(true);
  return site.page.$$eval('.revenue dd', (all) => all.map((one) => one.textContent).join());
}

/** https://github.com/woocommerce/woocommerce-admin/issues/2650 */
test('the revenue of somebody who was refunded everything is 0, and not missing', async () => {
  expect(await revenueOf(['10', 'EUR'], ['-10', 'EUR'])).toBe('€0.00');
  expect(await revenueOf(['12.5'], ['-12.5'])).toBe('0.00');
  expect(await revenueOf(['0', 'USD'])).toBe('$0.00');
});

test('a bill without an amount is no revenue', async () => {
  expect(await revenueOf([undefined], [undefined, 'EUR'])).toBe('');
});

test('amounts of one currency are added, in whatever case it is written', async () => {
  expect(await revenueOf(['10', 'EUR'], ['5.5', 'eur'], ['5.125', 'KWD'], ['7', 'points'])).toBe(
    ['7.00 points', 'KWD\u00a05.125', '€15.50'].join(),
  );
  // A value that begins and ends like the code is another currency.
  expect(await revenueOf(['10', 'EUR'], ['5', 'EUREUR'])).toBe(['5.00 EUREUR', '€10.00'].join());
});

test('of somebody with very many currencies, ten are asked for', async () => {
  const bills = Array.from({ length: 13 }, (_, n): [string, string] => [`${n + 1}`, `points ${n}`]);
  const shown = (await revenueOf(...bills)).split(',');
  expect(shown).toHaveLength(11);
  expect(shown.at(-1)).toBe('and in 3 other currencies');
});
