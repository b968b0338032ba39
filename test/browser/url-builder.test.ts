import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/collector/sites/config.js';
import { KEY, startCollector } from '../support/collector.js';
import { openSite, useBrowser, type Site } from '../support/browser.js';

useBrowser();

const HOSTILE = `<img src=x onerror="window.hacked=1">'"</script><script>window.hacked=1</script>`;
const AWKWARD = `Müller & Söhne + “quotes” '"\` 50 % #1?a=b;c/d\\ 😀`;

async function open(options: Parameters<typeof startCollector>[0] = {}): Promise<Site> {
  const site = await openSite({ collector: await startCollector(options) });
  await site.page.goto(`${site.collector.origin}/start?key=${KEY}`);
  await site.page.click('text=Build a tracking URL');
  return site;
}

const field = (page: Page, label: string, nth = 0) => page.getByLabel(label, { exact: true }).nth(nth);

async function fill(page: Page, texts: Record<string, string>): Promise<void> {
  for (const [label, text] of Object.entries(texts)) await field(page, label).fill(text);
}

const generate = (page: Page) => page.click('text=Generate URL');

const built = async (page: Page): Promise<URL> => new URL((await page.textContent('.built pre'))!);

/** The messages about mistakes, in the order of the page. */
const faults = (page: Page): Promise<string[]> =>
  page.$$eval('.field-fault', (all) =>
    all.filter((one) => (one as HTMLElement).offsetParent).map((one) => one.textContent),
  );

describe('the built URL', () => {
  test('of an event, with a date and properties of any letters, sends that event', async () => {
    const { page, collector, errors } = await open();
    expect(await field(page, 'Key').inputValue()).toBe(KEY);
    await fill(page, { Identity: `ada+${AWKWARD}@example.com`, 'Event name': AWKWARD, Name: AWKWARD, Value: AWKWARD });
    await page.click('text=Add another');
    await field(page, 'Name', 1).fill('__proto__');
    await field(page, 'Value', 1).fill('a b');
    await fill(page, { 'Time in seconds (optional)': ' 1400000000 ' });
    await generate(page);
    const url = await built(page);
    expect(url.href.startsWith(`${collector.origin}/e?_k=${KEY}&_p=`)).toBe(true);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ _t: '1400000000', _d: '1', _n: AWKWARD });
    expect(url.href).not.toMatch(/[^\x21-\x7e]|_i=/);
    await fetch(url);
    const person = (await collector.person(`ada+${AWKWARD}@example.com`))!;
    expect(person.events).toEqual([
      { name: AWKWARD, time: 1_400_000_000, properties: { [AWKWARD]: AWKWARD, ['__proto__']: 'a b' } },
    ]);
    expect(errors).toEqual([]);
  });

  test('without a date has no time', async () => {
    const { page } = await open();
    await fill(page, { Identity: 'ada', 'Event name': 'x' });
    await generate(page);
    expect((await built(page)).search).toBe(`?_k=${KEY}&_p=ada&_n=x`);
  });

  test('of properties, and of an alias, contains only what belongs to it', async () => {
    const { page } = await open();
    await fill(page, { Identity: 'ada', 'Event name': 'x', Name: 'plan', Value: 'pro' });
    await page.click('text=Set');
    await generate(page);
    expect([(await built(page)).pathname, (await built(page)).search]).toEqual(['/s', `?_k=${KEY}&_p=ada&plan=pro`]);
    // The typed text stays while its field is hidden.
    await page.click('text=Alias');
    await fill(page, { 'Other identity': 'ada@example.com', 'Time in seconds (optional)': '1400000000' });
    await generate(page);
    expect([(await built(page)).pathname, (await built(page)).search]).toEqual([
      ...['/a', `?_k=${KEY}&_p=ada&_n=ada%40example.com&_t=1400000000&_d=1`],
    ]);
    await page.click('.kinds >> text=Record');
    expect(await field(page, 'Event name').inputValue()).toBe('x');
  });

  test('that is too long for some programs and proxies says so', async () => {
    const { page } = await open();
    await fill(page, { Identity: 'ada', 'Event name': 'x', Name: 'text', Value: 'ü'.repeat(400) });
    await generate(page);
    expect((await built(page)).href.length).toBeGreaterThan(2000);
    expect(await page.textContent('.builder > [role=status]')).toContain('pass on no more than 2,000');
    await fill(page, { Value: 'short' });
    await generate(page);
    expect(await page.textContent('.builder > [role=status]')).toMatch(/sends the hit\.$/);
  });

  test('disappears when the form changes', async () => {
    const { page } = await open();
    await fill(page, { Identity: 'ada', 'Event name': 'x' });
    await generate(page);
    await fill(page, { Identity: 'bob' });
    expect(await page.$$('.built pre')).toHaveLength(0);
  });
});

describe('a mistake', () => {
  test('is shown beside each field that is required, and the typed text stays', async () => {
    const { page } = await open();
    await fill(page, { Key: '', Identity: '  ' });
    await generate(page);
    expect(await faults(page)).toEqual([
      ...['Give the key of the site.', 'Give an identity of the person.', 'Give the event a name.'],
    ]);
    expect(await page.evaluate('document.activeElement.id')).toBe('builder-key');
    const identity = field(page, 'Identity');
    expect(await identity.getAttribute('aria-invalid')).toBe('true');
    const described = (await identity.getAttribute('aria-describedby'))!.split(' ')[0]!;
    expect(await page.textContent(`#${described}`)).toBe('Give an identity of the person.');
    expect(await identity.inputValue()).toBe('  ');
    await fill(page, { Key: KEY });
    expect(await faults(page)).toHaveLength(2);
    await page.click('text=Alias');
    await fill(page, { Identity: 'ada' });
    await generate(page);
    expect(await faults(page)).toEqual(['Give the other identity.']);
    await page.click('text=Set');
    await generate(page);
    expect(await faults(page)).toEqual(['Give at least one property: there is nothing to set.']);
    expect(await page.$$('.built pre')).toHaveLength(0);
  });

  test('is a property with only a name or only a value, shown on its row', async () => {
    const { page } = await open();
    await fill(page, { Identity: 'ada', 'Event name': 'x', Name: 'plan' });
    await page.click('text=Add another');
    expect(await page.evaluate('document.activeElement === document.querySelectorAll(".property-row input")[2]')).toBe(
      true,
    );
    await field(page, 'Value', 1).fill('pro');
    await generate(page);
    expect(await faults(page)).toEqual([
      'Give this name a value, or remove it.',
      'Give this value a name, or remove it.',
    ]);
    await page.click('button:text-is("Remove") >> nth=0');
    await field(page, 'Name').fill('plan');
    await page.click('text=Add another');
    await generate(page);
    expect((await built(page)).search).toBe(`?_k=${KEY}&_p=ada&_n=x&plan=pro`);
  });

  test('leads to the first wrong field of the form', async () => {
    const { page } = await open();
    await fill(page, { Identity: 'ada', 'Event name': 'x', 'Time in seconds (optional)': 'noon', Name: 'plan' });
    await generate(page);
    expect(await faults(page)).toHaveLength(2);
    expect(await page.evaluate('document.activeElement.id')).toBe('builder-time');
    await fill(page, { 'Time in seconds (optional)': '' });
    await generate(page);
    expect(await page.evaluate('document.activeElement.id')).toMatch(/^builder-value-/);
  });

  test('is a value that would be cut', async () => {
    const { page } = await open();
    await fill(page, { Identity: 'ada', 'Event name': 'x', Name: 'text', Value: 'ü'.repeat(4097) });
    await generate(page);
    expect(await faults(page)).toEqual(['At most 8192 bytes of UTF-8.']);
    await fill(page, { Value: 'ü'.repeat(4096) });
    await generate(page);
    expect(await faults(page)).toEqual([]);
  });

  test('is half of a character, which a URL cannot contain', async () => {
    const { page, collector } = await open();
    await fill(page, { 'Event name': 'x' });
    await field(page, 'Identity').evaluate((input: HTMLInputElement) => {
      input.value = 'ada\ud83d';
      input.dispatchEvent(new Event('input', { bubbles: true }));
    });
    await generate(page);
    expect(await faults(page)).toEqual(['The text contains half of a character. Type it again.']);
    expect(await collector.export()).toEqual([]);
  });

  test.each([
    ['1400000000000', 'This is more than a day ahead. Is it in milliseconds? Seconds have ten digits.'],
    ['yesterday', 'Give a whole number of seconds, or nothing.'],
    ['1.5', 'Give a whole number of seconds, or nothing.'],
    ['1000000000', 'Nothing from before 2009 is stored.'],
  ])('is the time %s', async (time, sentence) => {
    const { page } = await open();
    await fill(page, { Identity: 'ada', 'Event name': 'x', 'Time in seconds (optional)': time });
    await generate(page);
    expect(await faults(page)).toEqual([sentence]);
  });

  test.each([
    ['_p', /is the name of a field of the hit/],
    ['PLAN', /already used above/],
    ['x'.repeat(256), /At most 255/],
  ])('is the name of a property, case %#', async (name, sentence) => {
    const { page } = await open();
    await fill(page, { Identity: 'ada', 'Event name': 'x', Name: 'plan', Value: 'pro' });
    await page.click('text=Add another');
    await field(page, 'Name', 1).fill(name);
    await field(page, 'Value', 1).fill('y');
    await generate(page);
    expect(await faults(page)).toEqual([expect.stringMatching(sentence)]);
  });
});

test('by keyboard and accessible names only: rows, kinds, the URL and the hit that arrived', async () => {
  const { page, collector } = await open();
  const focused = () => page.evaluate(`document.activeElement.textContent || document.activeElement.id`);
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };
  expect(await focused()).toBe('Build a tracking URL');
  await press('Tab');
  expect(await page.getByRole('radio', { name: 'Record' }).evaluate((one) => one === document.activeElement)).toBe(
    true,
  );
  await press('ArrowRight');
  expect(await page.getByRole('radio', { name: 'Set' }).isChecked()).toBe(true);
  expect(await page.getByRole('group', { name: 'What the URL does' }).textContent()).toContain('without an event');
  await press('Tab', 'Tab');
  await page.keyboard.type('ada');
  await press('Tab', 'Tab');
  await page.keyboard.type('plan');
  await press('Tab');
  await page.keyboard.type('pro');
  await press('Tab', 'Tab');
  expect(await focused()).toBe('Add another');
  await press('Enter');
  await page.keyboard.type('seats');
  expect(await page.getByRole('group', { name: 'Property 2' }).getByLabel('Name').inputValue()).toBe('seats');
  await press('Tab', 'Tab', 'Enter');
  expect(await focused()).toBe('Add another');
  expect(await page.getByRole('group', { name: /^Property \d/ }).count()).toBe(1);
  await press('Tab', 'Enter');
  expect((await built(page)).search).toBe(`?_k=${KEY}&_p=ada&plan=pro`);
  expect(await page.textContent('.builder > [role=status]')).toContain('Each request for this URL sends the hit.');
  await press('Tab', 'Tab');
  expect(await focused()).toBe('Copy');
  await press('Tab');
  expect(await focused()).toBe('Try it');
  await press('Enter');
  await page.getByRole('status').filter({ hasText: 'It has arrived:' }).waitFor();
  expect(await focused()).toBe('Try it');
  expect(await collector.export()).toMatchObject([{ _p: 'ada', plan: 'pro' }]);
});

describe('the trial', () => {
  test('sends the hit, and shows it when it has arrived', async () => {
    const { page, collector } = await open();
    // A similar hit, which is not the one that was sent.
    await collector.send(`/e?_k=${KEY}&_p=ada&_n=Opened`);
    await fill(page, { Identity: 'ada', 'Event name': 'Opened', Name: 'Subject', Value: 'Tea & more' });
    await generate(page);
    await page.click('text=Try it');
    await page.waitForSelector('text=It has arrived:');
    expect(await page.textContent('.built .row')).toMatch(/event.*ada.*Opened.*Subject.*Tea & more/);
    const [, tried] = await collector.export();
    expect(tried).toMatchObject({ _p: 'ada', _n: 'Opened', Subject: 'Tea & more' });
    expect(tried!._i).toMatch(/^\d{16}/);
  });

  test('does not depend on the origins from which a site accepts hits: the URL is for e-mails', async () => {
    const config = parseConfig({ sites: { [KEY]: { origins: ['https://shop.test'] } } });
    const { page } = await open({ config });
    await fill(page, { Identity: 'ada', 'Event name': 'Opened' });
    await generate(page);
    await page.click('text=Try it');
    await page.waitForSelector('text=It has arrived:');
  });

  test('shows the sentence of a refusal', async () => {
    const { page } = await open({ keys: [KEY] });
    await fill(page, { Key: 'mistyped', Identity: '😀'.repeat(255), 'Event name': 'Opened' });
    await generate(page);
    await page.click('text=Try it');
    await page.waitForSelector('text=It has arrived, and was refused:');
    expect(await page.textContent('.built .row .what')).toBe('No site here has the key “mistyped”.');
  });

  test('says if nobody accepts the hit', async () => {
    const { page, collector } = await open();
    await fill(page, { Identity: 'ada', 'Event name': 'Opened' });
    await generate(page);
    await page.route('**/e?**', (route) => route.fulfill({ status: 503 }));
    await page.click('text=Try it');
    await page.waitForSelector('text=could not store the hit (503)');
    await page.unroute('**/e?**');
    await page.route('**/e?**', (route) => route.abort());
    await page.click('text=Try it');
    await page.waitForSelector('text=The collector cannot be reached.');
    expect(await collector.export()).toEqual([]);
  });

  test('does not say that nothing was sent if Live ends after the hit', async () => {
    const { page, collector } = await open();
    await fill(page, { Identity: 'ada', 'Event name': 'Opened' });
    await generate(page);
    let connections = 0;
    await page.route('**/api/v1/live?**', (route) =>
      connections++
        ? route.fulfill({ status: 502 })
        : route.fulfill({ contentType: 'text/event-stream', body: 'retry: 1000\n\n' }),
    );
    await page.click('text=Try it');
    await page.waitForSelector('text=The collector has acknowledged the hit, but Live has not shown it');
    expect(await collector.export()).toHaveLength(1);
  });
});

test('hostile text is text', async () => {
  const { page, errors } = await open();
  await fill(page, { Identity: HOSTILE, 'Event name': HOSTILE, Name: HOSTILE, Value: HOSTILE });
  await generate(page);
  await page.click('text=Try it');
  await page.waitForSelector('text=It has arrived:');
  expect(await page.textContent('.built .row')).toContain('onerror=');
  expect(await page.evaluate('window.hacked')).toBeUndefined();
  expect(await page.$$('main img, main script')).toHaveLength(0);
  expect(errors).toEqual([]);
});
