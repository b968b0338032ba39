import { expect, test } from 'vitest';
import { parseConfig } from '../../src/collector/sites/config.js';
import { startCollector, type TestCollector } from '../support/collector.js';
import { openSite, useBrowser } from '../support/browser.js';
import { signUpInShop } from '../support/demo-shop.js';

useBrowser();

const HEADLINE = 'Tea for people who look out of the window';

/** Waits for the demo's event of this name, and returns its properties. */
async function recorded(collector: TestCollector, name: string): Promise<Record<string, unknown>> {
  const find = async () => (await collector.export('demo')).find(({ _n }) => _n === name);
  await expect.poll(find, { message: name }).toBeDefined();
  const hit = Object.entries((await find())!);
  return Object.fromEntries(hit.filter(([field]) => !field.startsWith('_')));
}

test('a visitor of the demo shop clicks, signs up, orders, and is one person', async () => {
  const collector = await startCollector({ demo: true, keys: ['site'] });
  const site = await openSite({ collector });
  const { page } = site;
  await signUpInShop(page, `${collector.origin}/demo/`);
  await page.click('text=Cart (1)');
  await page.click('button:has-text("Order")');
  await page.waitForURL('**/thank-you.html');
  await page.click('text=Sign out');
  await page.waitForSelector('h1:has-text("Signed out")');
  await expect.poll(() => page.innerText('nav')).toMatch(/^Sign up\s+Sign in\s+Cart \(0\)$/);

  const chosen = ['Viewed Home', 'Chose a Tea', 'Viewed Product', 'Added to Cart', 'Signed Up', 'Ordered'];
  const done = async () => (await collector.person('ada@example.com', 'demo'))?.events.map(({ name }) => name);
  await expect.poll(done).toEqual(expect.arrayContaining([...chosen, 'Signed Out']));
  const ada = (await collector.person('ada@example.com', 'demo'))!;
  expect(ada.events.at(-1)!.name).toBe('Signed Out');
  expect(ada.identities).toHaveLength(2);
  const names = ada.events.map(({ name }) => name);
  for (const name of chosen) expect(names.filter((one) => one === name)).toHaveLength(name === 'Viewed Home' ? 2 : 1);
  expect(await recorded(collector, 'Added to Cart')).toEqual({ Product: 'River Sencha', Price: '14' });
  expect(await recorded(collector, 'Signed Up')).toEqual({ 'Plan Name': 'One tin a month' });
  expect(ada.properties).toMatchObject({ Name: [{ value: 'Ada' }], 'Billing Amount': [{ value: '14' }] });

  // After the sign-out the visitor is another person, and the page shows that at once.
  expect(ada.identities).not.toContain(await page.textContent('.you strong'));
  await page.click('text=All teas');
  await page.waitForSelector('.you a');
  const next = await page.textContent('.you strong');
  expect(ada.identities).not.toContain(next);
  await page.click('text=See yourself');
  await page.waitForSelector(`h1:has-text("${next}")`);
  expect(site.errors).toEqual([]);
});

test('only who is signed in can sign out', async () => {
  const collector = await startCollector({ demo: true });
  const { page, errors } = await openSite({ collector });
  await page.goto(`${collector.origin}/demo/`);
  await page.waitForSelector('.you a');
  expect(await page.innerText('nav')).toMatch(/^Sign up\s+Sign in\s+Cart \(0\)$/);
  await page.click('text=Sign in');
  await page.fill('[name=email]', 'ada@example.com');
  await page.click('button');
  await page.waitForSelector('nav >> text=ada@example.com');
  expect(await page.innerText('nav')).toMatch(/^Signed in as\s+ada@example\.com\s+Sign out\s+Cart \(0\)$/);
  expect(errors).toEqual([]);
});

test('the headline is an A/B test, and nothing moves when the tracker has loaded', async () => {
  const collector = await startCollector({ demo: true });
  const { page, context, errors } = await openSite({ collector });
  const placeOfProducts = async () => (await page.locator('#products').boundingBox())!.y;
  await page.route('**/demo.js', (route) => route.abort());
  await page.goto(`${collector.origin}/demo/`);
  expect(await page.textContent('h1')).toBe(HEADLINE);
  const before = await placeOfProducts();

  await page.unroute('**/demo.js');
  const shown: Record<string, string> = { Window: HEADLINE, Kettle: 'Tea for people who listen to the kettle' };
  const seen = new Set<string>();
  for (let visitor = 0; seen.size < 2 && visitor < 20; visitor++) {
    await context.clearCookies();
    await page.reload();
    const id = (await page.textContent('.you strong'))!;
    await expect.poll(async () => (await collector.person(id, 'demo'))?.properties.Headline).toBeDefined();
    const variant = (await collector.person(id, 'demo'))!.properties.Headline![0]!.value;
    expect(await page.textContent('h1')).toBe(shown[variant]);
    expect(await placeOfProducts()).toBe(before);
    seen.add(variant);
  }
  expect([...seen].sort()).toEqual(['Kettle', 'Window']);
  expect(errors).toEqual([]);
});

test('a note about shipping is an A/B test on the page of a tea', async () => {
  const collector = await startCollector({ demo: true });
  const { page, context, errors } = await openSite({ collector });
  const seen = new Set<string>();
  for (let visitor = 0; seen.size < 2 && visitor < 20; visitor++) {
    await context.clearCookies();
    await page.goto(`${collector.origin}/demo/product.html?id=assam`);
    await page.waitForSelector('.you a');
    const id = (await page.textContent('.you strong'))!;
    const variantOf = async () => (await collector.person(id, 'demo'))?.properties['Shipping Note']?.[0]?.value;
    await expect.poll(variantOf).toMatch(/^(Shown|Hidden)$/);
    const variant = (await variantOf())!;
    expect(await page.isVisible('#shipping')).toBe(variant === 'Shown');
    seen.add(variant);
  }
  expect([...seen].sort()).toEqual(['Hidden', 'Shown']);
  expect(errors).toEqual([]);
});

test('clicks, page views and events of the Event Library are recorded', async () => {
  const collector = await startCollector({ demo: true });
  const { page, errors } = await openSite({ collector });
  await page.goto(`${collector.origin}/demo/product.html?id=assam`);
  await page.waitForSelector('.you a');
  await page.click('text=How to brew it');
  await page.waitForURL('**/brewing.html');
  expect(await recorded(collector, 'Asked How to Brew')).toEqual({ Product: 'First Light Assam' });
  expect(await recorded(collector, 'Read How to Brew')).toEqual({});
  expect(await recorded(collector, 'Page View')).toEqual({
    'Viewed URL': `${collector.origin}/demo/product.html?id=assam`,
    Referrer: 'Direct',
  });

  await page.goto(`${collector.origin}/demo/`);
  await page.waitForSelector('.you a');
  await page.click('main >> text=kmq');
  await page.waitForURL(`${collector.origin}/`);
  expect(await recorded(collector, 'Left for kmq')).toEqual({});
  expect(errors).toEqual([]);
});

test('the newsletter: only the permitted fields of its form are sent', async () => {
  const collector = await startCollector({ demo: true });
  const { page, errors } = await openSite({ collector });
  await page.goto(`${collector.origin}/demo/letter.html`);
  await page.waitForSelector('.you a');
  await page.fill('[name=email]', 'ada@example.com');
  await page.selectOption('select', 'Slow Chamomile');
  await page.fill('textarea', 'More about May');
  await page.fill('[name=name]', 'Ada');
  await page.click('button');
  await page.waitForSelector('text=Thank you');
  expect(await recorded(collector, 'Asked for the Letter')).toEqual({
    email: 'ada@example.com',
    'Favourite Tea': 'Slow Chamomile',
    Wish: 'More about May',
    Source: 'Letter Page',
  });
  expect(errors).toEqual([]);
});

test('a visitor who refuses tracking is not tracked until they consent', async () => {
  const collector = await startCollector({ demo: true });
  const site = await openSite({ collector });
  const { page, hits, errors } = site;
  await page.goto(`${collector.origin}/demo/privacy.html`);
  await page.waitForSelector('[role=status]:text("remembered")');
  await page.click('text=Do not track me');
  await page.waitForSelector('[role=status]:text("not tracked")');
  expect(await site.cookies()).toEqual({ kmq: 'out' });

  const sent = hits.length;
  await page.click('text=Kettle & Leaf');
  await page.waitForSelector('.you :text("asked not to be tracked")');
  await page.click('text=Privacy');
  await page.waitForSelector('[aria-pressed=true]:text("Do not track me")');
  expect(hits).toHaveLength(sent);
  expect(await site.cookies()).toEqual({ kmq: 'out' });

  await page.click('button:text-is("Track me")');
  await page.waitForSelector('[aria-pressed=true]:text-is("Track me")');
  await page.click('text=Kettle & Leaf');
  await recorded(collector, 'Viewed Home');
  expect(errors).toEqual([]);
});

test('the strip shows what this page and the previous one pushed, and on request the console shows the rest', async () => {
  const collector = await startCollector({ demo: true });
  const site = await openSite({ collector });
  const { page } = site;
  await page.goto(`${collector.origin}/demo/sign-in.html`);
  await page.fill('[name=email]', 'ada@example.com');
  await page.click('button');
  await page.waitForURL('**/demo/');
  expect(await page.locator('.strip li.before').allTextContents()).toEqual([
    "_kmq.push(['identify', 'ada@example.com'])",
    "_kmq.push(['record', 'Signed In'])",
  ]);
  expect(await page.locator('.strip li.now').allTextContents()).toContain("_kmq.push(['record', 'Viewed Home'])");

  await page.goto(`${collector.origin}/demo/product.html?id=midnight`);
  await page.click('text=Debug in the console');
  await page.waitForURL('**/product.html?id=midnight&km_debug=1');
  await expect.poll(() => site.console.join('\n')).toContain('kmq: record Viewed Product');
  expect(site.errors).toEqual([]);
});

test('the demo has its own settings, unless its owner gives it others', async () => {
  const scriptOf = async (sites: object) => {
    const collector = await startCollector({ demo: true, config: parseConfig({ sites }) });
    return async (key: string) => (await collector.send(`/${key}.js`)).text();
  };
  const usual = await scriptOf({ site: { cookieless: true } });
  expect(await usual('demo')).toContain('Read How to Brew');
  expect(await usual('site')).toMatch(/^window\.KM_SITE={"KM_COOKIELESS":1}/m);
  const changed = await scriptOf({ demo: { cookieless: true } });
  expect(await changed('demo')).toMatch(/^window\.KM_SITE={"KM_COOKIELESS":1}/m);
});

test('with the tracker blocked the shop works all the same', async () => {
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
