import { expect, test } from 'vitest';
import { startCollector } from '../support/collector.js';
import { openSite, useBrowser } from '../support/browser.js';

useBrowser();

test('a visitor of the demo shop clicks about, signs up, orders, and is one person', async () => {
  const collector = await startCollector({ demo: true, keys: ['site'] });
  const site = await openSite({ collector });
  const { page } = site;
  await page.goto(`${collector.origin}/demo/`);
  await page.click('text=River Sencha');
  await page.click('text=Add to cart');
  await page.waitForURL('**/cart.html');
  await page.click('text=Sign up');
  await page.fill('[name=name]', 'Ada');
  await page.fill('[name=email]', 'ada@example.com');
  await page.click('button:has-text("Sign up")');
  await page.waitForURL('**/demo/');
  await page.click('text=Cart (1)');
  await page.click('button:has-text("Order")');
  await page.waitForURL('**/thank-you.html');
  await page.click('text=Sign out');
  await page.waitForSelector('h1:has-text("Signed out")');

  await expect
    .poll(async () => (await collector.person('ada@example.com', 'demo'))?.events.at(-1)?.name)
    .toBe('Signed Out');
  const ada = (await collector.person('ada@example.com', 'demo'))!;
  expect(ada.identities).toHaveLength(2);
  const names = ada.events.map(({ name }) => name);
  for (const name of ['Viewed Home', 'Viewed Product', 'Added to Cart', 'Signed Up', 'Ordered'])
    expect(names).toContain(name);
  expect(ada.properties).toMatchObject({ Name: [{ value: 'Ada' }], 'Billing Amount': [{ value: '14' }] });

  // Whoever comes next is someone else.
  await page.click('text=All teas');
  await page.waitForSelector('.you a');
  const next = await page.textContent('.you strong');
  expect(ada.identities).not.toContain(next);
  await page.click('text=See yourself');
  await page.waitForSelector(`h1:has-text("${next}")`);
  expect(site.errors).toEqual([]);
});

test('with the tracker blocked the shop sells all the same', async () => {
  const collector = await startCollector({ demo: true });
  const site = await openSite({ collector });
  await site.page.route('**/demo.js', (route) => route.abort());
  await site.page.goto(`${collector.origin}/demo/product.html?id=assam`);
  await site.page.click('text=Add to cart');
  await site.page.waitForURL('**/cart.html');
  await site.page.click('button:has-text("Order")');
  await site.page.waitForURL('**/thank-you.html');
  expect(site.errors).toEqual([]);
});
