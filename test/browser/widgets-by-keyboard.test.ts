import { expect, test } from 'vitest';
import { useBrowser } from '../support/browser.js';
import { KEY } from '../support/collector.js';
import { contrast } from '../support/contrast.js';
import { event, focused, ownSite, sharedKeyboardSite } from '../support/keyboard-site.js';
import { siteOf } from '../support/report-site.js';

useBrowser();

const site = sharedKeyboardSite();

test('a field that a button adds shows its choices at once', async () => {
  const { page, collector, errors } = await siteOf([
    ...['ann', 'bob'].map((person) => ({ ...event(person, 'Signed Up', 2), properties: { Plan: 'Pro' } })),
    event('ann', 'Visited Site', 3),
  ]);
  const expanded = '[role=combobox][aria-expanded=true]';
  await page.goto(`${collector.origin}/trend?key=${KEY}&event=Signed+Up`);
  await page.waitForSelector('.headline');
  for (const text of ['+ with a property', '+ split by a property']) {
    await page.click(`text=${text}`);
    await page.waitForSelector(`${expanded}:focus`);
    await page.waitForSelector('[role=option]:has-text("Plan")');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.$$(expanded)).toHaveLength(0);
  }
  // By keyboard as well, without a key that opens the list.
  await page.click('[aria-label="Remove the split"]');
  await page.focus('text=+ split by a property');
  for (const key of ['Enter', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
  await page.waitForSelector('#split');
  expect(new URL(page.url()).searchParams.get('split')).toContain('"Plan"');
  // On a phone, too, the button that removes it is large enough, and beside its last field.
  await page.setViewportSize({ width: 375, height: 800 });
  const [field, button] = await page.$$eval('.split > select:last-of-type, .split > button', (all) =>
    all.map((one) => one.getBoundingClientRect()).map(({ top, width, height }) => ({ top, width, height })),
  );
  expect(Math.min(button!.width, button!.height)).toBeGreaterThanOrEqual(24);
  expect(button!.top).toBeLessThan(field!.top + field!.height);
  await page.setViewportSize({ width: 1280, height: 800 });

  await page.goto(`${collector.origin}/funnel?key=${KEY}`);
  await page.waitForSelector('.funnel-bar');
  await page.click('text=+ add a step');
  await page.waitForSelector(`${expanded}:focus`);
  await page.click('[role=option]:has-text("Signed Up")');
  await expect.poll(() => page.$$('.funnel-steps li')).toHaveLength(3);
  expect(errors).toEqual([]);
});

test('of several lines, the keys choose one, and Enter opens the people of its value', async () => {
  const { page, collector, errors } = await siteOf([
    ...['ann', 'bob'].map((person) => ({ ...event(person, 'Signed Up', 2), properties: { Plan: 'Pro' } })),
    { ...event('kim', 'Signed Up', 2), properties: { Plan: 'Free' } },
  ]);
  const split = JSON.stringify({ property: 'Plan', attribution: 'last touch' });
  await page.goto(
    `${collector.origin}/trend?${new URLSearchParams({ key: KEY, event: 'Signed Up', days: '7', split }).toString()}`,
  );
  await page.waitForSelector('.plot path');
  await page.focus('.plot');
  const said = () => page.getAttribute('.chart [role=slider]', 'aria-valuetext');
  expect(await page.getAttribute('.plot', 'aria-label')).toContain('up and down choose a line, Enter opens the people');
  for (const key of ['End', 'ArrowLeft', 'ArrowLeft']) await page.keyboard.press(key);
  expect(await said()).toMatch(/Pro: 2, Free: 1\. Enter opens the people of Pro$/);
  await page.keyboard.press('ArrowDown');
  expect(await said()).toMatch(/Enter opens the people of Free$/);
  expect(await page.textContent('.legend .chosen bdi')).toBe('Free');
  // There is no line after the last one.
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.people-list');
  expect(await page.$$eval('.people-list tbody th', (all) => all.map((one) => one.textContent))).toEqual(['kim']);
  expect(errors).toEqual([]);
});

test('in Live the outline of the focus is not cut off, the focus moves in reading order, and only a changed filter is announced', async () => {
  const { page, collector, errors } = await ownSite();
  await collector.send(`/e?_k=${KEY}&_p=ann&_n=Ordered&Plan=Pro`);
  await page.goto(`${collector.origin}/live?key=${KEY}`);
  await page.waitForSelector('.unfold');
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 800 });
    const places = await page.$$eval('.toolbar button, .toolbar input', (all) =>
      all.map((one) => one.getBoundingClientRect()).map(({ left, top }) => ({ left, top })),
    );
    // Each is in a line below the one before, or to the right of it.
    for (const [n, { left, top }] of places.slice(1).entries())
      expect(top > places[n]!.top + 5 || left > places[n]!.left).toBe(true);
  }
  // The list clips what is outside.
  await page.keyboard.press('Tab');
  await page.focus('.unfold');
  expect(await page.$eval('.unfold', (one) => getComputedStyle(one).outlineOffset)).toBe('-2px');
  const said = () => page.textContent('.unseen[aria-live]');
  await collector.send(`/e?_k=${KEY}&_p=bob&_n=Ordered`);
  await page.waitForSelector('.row >> text=bob');
  expect(await said()).toBe('');
  await page.fill('.toolbar input', 'ann');
  await expect.poll(said).toMatch(/^\d+ of \d+ shown$/);
  expect(errors).toEqual([]);
});

test('a day of the calendar leads to the timeline, wherever it is', async () => {
  const { page, collector } = await siteOf([event('ann', 'Signed Up', 9), event('ann', 'Ordered', 2)]);
  await page.setViewportSize({ width: 320, height: 256 });
  await page.goto(`${collector.origin}/person?key=${KEY}&id=ann`);
  await page.waitForSelector('.calendar .active');
  await page.focus('.calendar-frame');
  for (const key of ['End', ...Array<string>(9).fill('ArrowUp'), 'Enter']) await page.keyboard.press(key);
  await page.waitForSelector('.timeline >> text=1 newer');
  expect(await focused(page)).toBe('Timeline');
  const top = await page.$eval('#timeline', (one) => one.getBoundingClientRect().top);
  expect(top).toBeGreaterThanOrEqual(0);
  expect(top).toBeLessThan(256);
});

test('more days than can be shown are refused beside the fields, and not replaced by others', async () => {
  const { page, collector } = await site();
  await page.goto(`${collector.origin}/trend?key=${KEY}`);
  await page.waitForSelector('.headline');
  await page.click('text=Other days');
  await page.fill('[name=from]', '1999-01-01');
  await page.keyboard.press('Enter');
  expect(await page.textContent('.days-form [role=alert]')).toBe('At most 3,700 days can be shown.');
  expect(await page.inputValue('[name=from]')).toBe('1999-01-01');
  await page.fill('[name=to]', '1999-02-01');
  await page.keyboard.press('Enter');
  expect(await page.textContent('.days-form [role=alert]')).toBe('Choose days within Jan 1, 2009 – Dec 31, 2100.');
});

test('whoever goes through a list of kinds by its keys, and back, loses nothing', async () => {
  const { page, collector, errors } = await site();
  const where = [{ property: 'Plan', contains: 'Pro' }];
  const filter = [{ event: 'Signed Up', atLeast: 5, from: '2026-01-02', where }];
  const columns = [{ event: 'Signed Up', show: 'times' }];
  const said = { key: KEY, filter: JSON.stringify(filter), columns: JSON.stringify(columns) };
  await page.goto(`${collector.origin}/people?${new URLSearchParams(said).toString()}`);
  await page.waitForSelector('.people-builder [aria-label="Value"]');
  const typed = () =>
    page.$$eval('.people-builder input, .people-builder select', (all) =>
      all.map((one) => (one as HTMLInputElement).value),
    );
  const before = await typed();
  for (const list of ['Kind of condition', 'How often', 'When', 'Comparison', 'What the column shows']) {
    const field = page.locator(`[aria-label="${list}"]`).first();
    const kinds = await field.locator('option').count();
    const at = await field.evaluate((one) => (one as HTMLSelectElement).selectedIndex);
    // Some systems open the list first: what each key does there is a change of its own here.
    for (const place of [...Array(kinds).keys(), at]) await field.selectOption({ index: place });
    expect(await typed(), list).toEqual(before);
  }
  expect(errors).toEqual([]);
});

test('a field and the pressed button have enough contrast to what is around them', async () => {
  const { page, collector } = await site();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.goto(`${collector.origin}/trend?key=${KEY}`);
    await page.waitForSelector('.headline');
    const edges = await page.$$eval('input:not([type=checkbox]), select', (all) =>
      all.map((one) => [getComputedStyle(one).borderTopColor, getComputedStyle(one).backgroundColor]),
    );
    expect(edges.length).toBeGreaterThan(1);
    for (const [edge, ground] of edges) expect(contrast(edge!, ground!)).toBeGreaterThanOrEqual(3);
    expect(await page.$eval('.choices [aria-pressed=true]', (one) => getComputedStyle(one).boxShadow)).toContain(
      'inset',
    );
  }
});

test('an answer that has changed is announced by the same element as before', async () => {
  const { page, collector } = await site();
  const marked = `document.querySelector('[aria-live][aria-atomic]')`;
  await page.goto(`${collector.origin}/trend?key=${KEY}&event=Signed+Up`);
  await page.waitForSelector('.headline');
  // A screen reader says what changes in an element, not an element that is new.
  await page.evaluate(`${marked}.isMarked = true`);
  await page.selectOption('.question select', 'times');
  await expect.poll(() => page.textContent('.headline')).toContain('times Signed Up');
  expect(await page.evaluate(`${marked}.isMarked`)).toBe(true);

  await page.goto(`${collector.origin}/people?key=${KEY}`);
  await page.waitForSelector('.people-list');
  await page.evaluate(`${marked}.isMarked = true`);
  await page.click('text=Add a condition');
  await page.fill('.people-builder [role=combobox]', 'Signed Up');
  await page.keyboard.press('Enter');
  await page.click('text=Show people');
  await expect.poll(() => page.evaluate(`${marked}.textContent`)).toBe('2 people');
  expect(await page.evaluate(`${marked}.isMarked`)).toBe(true);
});

test('if Back removes the field with the focus, the focus stays among the fields, and every table has a name', async () => {
  const { page, collector } = await site();
  const steps = JSON.stringify([{ event: 'Visited Site' }]);
  await page.goto(`${collector.origin}/funnel?${new URLSearchParams({ key: KEY, steps }).toString()}`);
  await page.waitForSelector('.foot');
  await page.getByRole('button', { name: 'add a step' }).press('Enter');
  await page.keyboard.type('Signed');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.url()).toContain('Signed');
  await page.goBack();
  await expect.poll(() => page.$$('.funnel-steps > ol > li')).toHaveLength(1);
  await expect.poll(() => page.evaluate('document.activeElement.closest(".funnel-steps") !== null')).toBe(true);
  await page.goto(`${collector.origin}/people?key=${KEY}`);
  await page.waitForSelector('.people-list');
  expect(await page.locator('main').ariaSnapshot()).toContain('- table "');
});

/** https://github.com/nearai/ironclaw/issues/1139: Enter accepts what an input method has composed, and Escape discards it. */
test('keys of an input method choose no name, in Safari as well', async () => {
  const { page, context, collector } = await siteOf([event('ann', '登録', 2), event('bob', '登録解除', 3)]);
  await page.goto(`${collector.origin}/trend?key=${KEY}&event=${encodeURIComponent('登録')}`);
  await page.waitForSelector('.headline');
  const field = page.locator('[role=combobox]').first();
  await field.click();
  const client = await context.newCDPSession(page);
  await field.fill('');
  await client.send('Input.imeSetComposition', { text: '登録解', selectionStart: 3, selectionEnd: 3 });
  await page.waitForSelector('[role=option]:has-text("登録解除")');
  const press = (key: string, init = {}) =>
    field.dispatchEvent('keydown', { key, bubbles: true, cancelable: true, ...init });
  for (const key of ['Enter', 'Escape']) await press(key, { isComposing: true, keyCode: 229 });
  await client.send('Input.insertText', { text: '登録解' });
  // Safari sends the key after the end of the composition.
  for (const key of ['Enter', 'Escape']) await press(key, { keyCode: 229 });
  expect(await field.inputValue()).toBe('登録解');
  expect(await field.getAttribute('aria-expanded')).toBe('true');
  await page.keyboard.press('Enter');
  await expect.poll(() => new URL(page.url()).searchParams.get('event')).toBe('登録解除');
});

test('Enter leaves a value as it is if nothing was typed, and takes an emptied field', async () => {
  const { page, collector } = await siteOf([{ ...event('ann', 'Signed Up', 2), properties: { Plan: 'Pro' } }]);
  const where = JSON.stringify([{ property: 'Plan', equals: 'Pro' }]);
  await page.goto(
    `${collector.origin}/trend?${new URLSearchParams({ key: KEY, event: 'Signed Up', where }).toString()}`,
  );
  const field = page.locator('input[role=combobox][aria-label=Value]');
  const asked = () => new URL(page.url()).searchParams.get('where');
  // The values are requested by the click: none of them is marked as the present one.
  await field.click();
  await page.waitForSelector('[role=option]:has-text("Pro")');
  await page.keyboard.press('Enter');
  await expect.poll(() => field.getAttribute('aria-expanded')).toBe('false');
  expect([await field.inputValue(), asked()]).toEqual(['Pro', where]);
  await field.click();
  await field.fill('');
  await page.keyboard.press('Enter');
  await expect.poll(asked).not.toBe(where);
  expect(await field.inputValue()).toBe('');
});
