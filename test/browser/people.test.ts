import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import type { Condition, OverviewAnswer, PeopleAnswer, PeopleQuestion } from '../../src/protocol/reports.js';
import { axeFaults } from '../support/axe.js';
import { openSite, useBrowser, type Site } from '../support/browser.js';
import { KEY, sharedCollector } from '../support/collector.js';
import { COLOR_SCHEMES } from '../support/long.js';

useBrowser();

const HOSTILE = `<img src=x onerror="window.hacked=1">'"</script><script>window.hacked=1</script>`;

let hits = 0;

type Reached = Pick<Site, 'collector'>;

/** Hits that are 100 seconds apart, so that their order is clear. */
const send = (site: Reached, path: string, parameters: Record<string, string>, time = 1_790_000_000 + hits * 100) =>
  site.collector.send(
    `${path}?${new URLSearchParams({ _k: KEY, _t: String(time), _d: '1', _i: `h${hits++}`, ...parameters }).toString()}`,
  );

/** A site with people who differ. */
const sharedSite = sharedCollector(async (collector) => {
  const site = { collector };
  for (const [name, plans] of Object.entries({ ann: ['Pro', 'Pro Team'], bob: ['Pro', 'Free'], eve: ['Pro', 'pro'] }))
    for (const plan of plans) await send(site, '/e', { _p: name, _n: 'Signed Up', Plan: plan });
  await send(site, '/e', { _p: 'eve', _n: 'Canceled' });
  await send(site, '/s', { _p: 'ann', Company: 'Acme' });
  await send(site, '/a', { _p: 'ann', _n: 'ann@example.com' });
  await counted(site);
});

const siteWithPeople = async (): Promise<Site> => openSite({ collector: await sharedSite() });

async function ask<A>(site: Reached, kind: string, question: object): Promise<A> {
  const q = encodeURIComponent(JSON.stringify(question));
  for (;;) {
    const response = await site.collector.send(`/api/v1/reports/${kind}?key=${KEY}&q=${q}`);
    if (response.status !== 503) return (await response.json()) as A;
  }
}

/** The people that the API lists for a question: the latest customer id of each. */
async function namesOf(site: Reached, question: Omit<PeopleQuestion, 'limit'>): Promise<string[]> {
  const { people } = await ask<PeopleAnswer>(site, 'people', { limit: 1000, ...question });
  return people.map(({ customerIds }) => customerIds.at(-1)!);
}

/** Until the reports include the latest hit. */
async function counted(site: Reached): Promise<void> {
  await expect
    .poll(async () => (await ask<{ events: { times: number }[] }>(site, 'names', {})).events.length)
    .toBeGreaterThan(0);
  await send(site, '/e', { _p: 'ann', _n: 'Last' });
  await expect.poll(() => namesOf(site, { filter: { event: 'Last' } })).toHaveLength(1);
}

const see = (site: Site, parameters: Record<string, string> = {}) =>
  site.page.goto(`${site.collector.origin}/people?${new URLSearchParams({ key: KEY, ...parameters }).toString()}`);

const listed = (site: Site) => site.page.$$eval('.people-list .identity', (all) => all.map((e) => e.textContent));

const filterIn = (site: Site) => JSON.parse(new URL(site.page.url()).searchParams.get('filter') ?? '[]') as Condition[];

test('conditions are built in words, and the people are those of the API; Back undoes each change', async () => {
  const site = await siteWithPeople();
  const { page } = site;
  await see(site);
  await page.waitForSelector('.people-list h2:text-is("3 people")');

  await page.click('text=Add a condition');
  // With the keyboard only: letters in any case.
  await page.focus('input[aria-label=Event]');
  await page.keyboard.type('signed');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.inputValue('input[aria-label=Event]')).toBe('Signed Up');
  await page.selectOption('[aria-label="How often"]', 'at least');
  await page.fill('[aria-label=Times]', '2');
  await page.click('text="+ with"');
  await page.fill('input[aria-label=Property]', 'Plan');
  await page.fill('[aria-label=Value]', 'PRO');
  await page.click('text=Add a condition');
  await page.locator('[aria-label="Kind of condition"]').last().selectOption('never did');
  await page.locator('input[aria-label=Event]').last().fill('Canceled');
  // Nothing is asked before the conditions are applied.
  expect(filterIn(site)).toEqual([]);
  await page.click('text=Show people');

  const conditions: Condition[] = [
    { event: 'Signed Up', atLeast: 2, where: [{ property: 'Plan', contains: 'PRO' }] },
    { event: 'Canceled', exactly: 0 },
  ];
  await page.waitForSelector('.people-list h2:text-is("1 person")');
  expect(filterIn(site)).toEqual(conditions);
  expect(await listed(site)).toEqual(['ann']);
  expect(await listed(site)).toEqual(await namesOf(site, { filter: { all: conditions }, bots: 'exclude' }));

  // The other reports are a click away, of the same people.
  await page.click('.people-list >> text=overview');
  await page.waitForSelector('.filter-bar');
  expect(filterIn(site)).toEqual(conditions);
  await page.goBack();
  await page.waitForSelector('.people-list h2:text-is("1 person")');

  await page.goBack();
  await page.waitForSelector('.people-list h2:text-is("3 people")');
  expect(filterIn(site)).toEqual([]);
  expect(site.errors).toEqual([]);
});

test('conditions about the days that other reports show say which days these are, and stay such conditions', async () => {
  const site = await siteWithPeople();
  const { page } = site;
  const days = { from: '2026-09-01', to: '2026-09-30' };
  const filter = [
    { event: 'Signed Up', days: 'shown' },
    { channel: 'Direct', days: 'shown' },
  ];
  await see(site, { filter: JSON.stringify(filter), ...days });
  await page.waitForSelector('text=Nobody matches this');
  expect(await page.inputValue('input[aria-label=Event]')).toBe('Signed Up');
  expect(await page.inputValue('[aria-label="First day"]')).toBe(days.from);
  expect(await page.inputValue('[aria-label="Last day"]')).toBe(days.to);
  expect(await page.textContent('.people-builder .words')).toBe('came by Direct, Sep 1 – 30, 2026');

  // With another column the conditions are the same ones.
  await page.click('text=Add a column');
  await page.click('text=Show people');
  await expect.poll(() => new URL(page.url()).searchParams.has('columns')).toBe(true);
  expect(filterIn(site)).toEqual(filter);
  await page.fill('[aria-label="Last day"]', '2026-08-31');
  await page.fill('[aria-label="First day"]', '2026-08-01');
  await page.click('text=Show people');
  await page.waitForSelector('text=Nobody matches this');
  expect(filterIn(site)).toEqual([
    { event: 'Signed Up', from: '2026-08-01', to: '2026-08-31' },
    { channel: 'Direct', ...days },
  ]);
});

test('the hits of a condition can be tested for what they do not have, and a person cannot: they “did not have” it', async () => {
  const site = await siteWithPeople();
  const { page } = site;
  const condition = { event: 'Signed Up', where: [{ not: { property: 'Plan', begins: 'pro' } }] };
  await see(site, { filter: JSON.stringify([condition]) });
  await page.waitForSelector('.people-list h2:text-is("1 person")');
  expect(await listed(site)).toEqual(['bob']);
  expect(await page.inputValue('[aria-label=Comparison]')).toBe('not.begins');
  await page.selectOption('[aria-label=Comparison]', 'not containing');
  await page.fill('[aria-label=Value]', 'TEAM');
  await page.click('text=Show people');
  await page.waitForSelector('.people-list h2:text-is("3 people")');
  expect(filterIn(site)).toEqual([{ event: 'Signed Up', where: [{ not: { property: 'Plan', contains: 'TEAM' } }] }]);
  await page.selectOption('[aria-label="Kind of condition"]', 'had');
  const offered = await page.$$eval('[aria-label=Comparison] option', (all) => all.map((e) => e.textContent));
  expect(offered.filter((words) => words?.startsWith('not'))).toEqual(['not set']);
  expect(site.errors).toEqual([]);
});

test('a condition can test the current value only, or one that is not current', async () => {
  const site = await siteWithPeople();
  const { page } = site;
  const had = { property: 'Plan', equals: 'Pro' };
  await see(site, { filter: JSON.stringify([{ ...had, from: '2026-01-01' }]) });
  await page.waitForSelector('.people-list h2:text-is("3 people")');
  await page.selectOption('[aria-label="Kind of condition"]', 'now has');
  await page.fill('[aria-label=Value]', 'Free');
  // A current value has no days.
  expect(await page.locator('[aria-label=When]').count()).toBe(0);
  await page.click('text=Show people');
  await page.waitForSelector('.people-list h2:text-is("1 person")');
  expect(filterIn(site)).toEqual([{ ...had, equals: 'Free', value: 'last' }]);
  expect(await listed(site)).toEqual(['bob']);

  await page.selectOption('[aria-label="Kind of condition"]', 'does not have now');
  await page.selectOption('[aria-label=Comparison]', 'equal to');
  await page.click('text=Show people');
  await page.waitForSelector('.people-list h2:text-is("2 people")');
  const filter: Condition[] = [{ not: { ...had, equals: 'Free', value: 'last' } }];
  expect(filterIn(site)).toEqual(filter);
  expect((await listed(site)).sort()).toEqual((await namesOf(site, { filter: filter[0]!, bots: 'exclude' })).sort());

  // Another report says it in words, and so does the editor for what it has no fields for.
  await page.click('.people-list >> text=overview');
  expect(await page.textContent('.filter-bar')).toContain('does not have now Plan equal to Free');
  const never = new URLSearchParams({ key: KEY, filter: JSON.stringify([{ not: { ...had, equals: 'Free' } }]) });
  await page.goto(`${site.collector.origin}/trend?${never.toString()}`);
  await page.waitForSelector('.filter-bar >> text=did not have Plan equal to Free');
  await see(site, {
    filter: JSON.stringify([
      { ...had, value: 'first' },
      { ...had, value: 'last', to: '2026-01-31' },
    ]),
  });
  await page.waitForSelector('text=had as first value Plan equal to Pro');
  await page.waitForSelector('text=/had as last value Plan equal to Pro, until/');
  expect(site.errors).toEqual([]);
});

/** https://github.com/umami-software/umami/issues/4461 */
test('the number beside a value is the number of people that the condition finds', async () => {
  const site = await siteWithPeople();
  const { page } = site;
  const pro = { property: 'Plan', equals: 'Pro' };
  for (const condition of [
    pro,
    { ...pro, from: '2026-09-01', to: '2026-09-30' },
    { ...pro, to: '2020-01-01' },
    { ...pro, equals: 'Pro Team', value: 'last' as const },
    { event: 'Signed Up', where: [pro] },
    { event: 'Last', where: [pro] },
    { event: 'Signed Up', where: [pro], to: '2020-01-01' },
  ]) {
    await see(site, { filter: JSON.stringify([condition]) });
    await page.waitForSelector('.foot');
    const { total } = await ask<PeopleAnswer>(site, 'people', { filter: condition, bots: 'exclude', limit: 1 });
    const answered = page.waitForResponse(/reports\/breakdown/);
    await page.fill('[aria-label=Value]', 'Pr');
    await answered;
    const { equals } = 'where' in condition ? pro : condition;
    const option = page.locator(`[role=option]:has(bdi:text-is("${equals}")) .quiet`);
    await expect
      .poll(async () => (await option.allTextContents()).join(), { message: JSON.stringify(condition) })
      .toBe(total === 0 ? '' : `${total} ${total === 1 ? 'person' : 'people'}`);
  }
  expect(site.errors).toEqual([]);
});

test('a part of a name and Enter choose the first name that contains it, also if the names load later', async () => {
  const site = await siteWithPeople();
  const { page } = site;
  let answer = (): void => {};
  const answered = new Promise<void>((resolve) => (answer = resolve));
  await page.route('**/reports/names?*', async (route) => {
    await answered;
    await route.continue();
  });
  await see(site);
  await page.click('text=Add a condition');
  await page.focus('input[aria-label=Event]');
  await page.keyboard.type('signed');
  await page.keyboard.press('Enter');
  expect(await page.inputValue('input[aria-label=Event]')).toBe('signed');
  answer();
  await expect.poll(() => page.inputValue('input[aria-label=Event]')).toBe('Signed Up');
  expect(await page.getAttribute('input[aria-label=Event]', 'aria-expanded')).toBe('false');
  expect(site.errors).toEqual([]);
});

test('groups, order, properties and days are restored from the address, also parts that no field shows', async () => {
  const site = await siteWithPeople();
  const { page } = site;
  const conditions: Condition[] = [
    { any: [{ property: 'Company', begins: 'ac', from: '2026-01-01' }, { not: { property: 'Plan', equals: 'Free' } }] },
    { inOrder: [{ event: 'Signed Up', to: '2100-01-01' }, { event: 'Last' }] },
    { not: { all: [{ event: 'Nothing' }, { event: 'Signed Up', atLeast: 1, atMost: 9 }] } },
  ];
  await see(site, { filter: JSON.stringify(conditions) });
  await page.waitForSelector('.people-list h2:text-is("1 person")');
  await page.waitForSelector(
    '.people-builder >> text=not: (did Nothing and did Signed Up at least once at most 9 times)',
  );
  await page.fill('[aria-label=Value] >> nth=0', 'AC');
  await page.click('text=Show people');
  await expect.poll(() => filterIn(site)).not.toEqual(conditions);
  (conditions[0] as { any: { begins: string }[] }).any[0]!.begins = 'AC';
  expect(filterIn(site)).toEqual(conditions);
  await page.waitForSelector('.people-list h2:text-is("1 person")');
});

test('people who did something and then never something else are found by one condition, in its words on every page', async () => {
  const site = await siteWithPeople();
  const { page } = site;
  await see(site);
  await page.waitForSelector('.people-list');
  await page.click('text=Add a condition');
  await page.getByRole('combobox', { name: 'Event' }).fill('Signed Up');
  const kind = page.getByRole('combobox', { name: 'Kind of condition' });
  await kind.selectOption('did, then never');
  await page.getByRole('combobox', { name: 'Event' }).nth(1).fill('Canceled');
  await page.click('text=Show people');
  const step = { event: 'Signed Up' };
  const never: Condition = { all: [step, { not: { inOrder: [step, { event: 'Canceled' }] } }] };
  await expect.poll(() => filterIn(site)).toEqual([never]);
  await page.waitForSelector('.people-list h2:text-is("2 people")');
  expect((await listed(site)).sort()).toEqual((await namesOf(site, { filter: never })).sort());
  expect(await namesOf(site, { filter: never })).not.toContain('eve');

  // Its fields come back with the address, and other kinds keep its events.
  await page.reload();
  await page.waitForSelector('.people-list h2:text-is("2 people")');
  expect(await kind.inputValue()).toBe('thenNever');
  expect(await page.textContent('.people-builder li li:last-child .between')).toBe('then never');
  expect(await page.$$('[aria-label^="Remove step"]')).toHaveLength(0);
  await kind.selectOption('did in order');
  const events = () =>
    page.$$eval('input[aria-label=Event]', (all) => all.map((field) => (field as HTMLInputElement).value));
  expect(await events()).toEqual(['Signed Up', 'Canceled']);
  await kind.selectOption('did, then never');
  expect(await events()).toEqual(['Signed Up', 'Canceled']);
  // A group contains it: as a group of its two parts it would be the same condition as before.
  await kind.selectOption('match all of');
  expect(await kind.evaluateAll((all) => all.map((field) => (field as HTMLSelectElement).value))).toEqual([
    'all',
    'thenNever',
  ]);
  await page.click('text=Undo changes');

  const wrong = (event: string) => ({ event, where: [{ property: 'Plan', greater: 'many' }] });
  for (const [first, second] of [
    [wrong('Signed Up'), { event: 'Canceled' }],
    [step, wrong('Canceled')],
  ]) {
    await see(site, { filter: JSON.stringify([{ all: [first, { not: { inOrder: [first, second] } }] }]) });
    await expect.poll(() => page.locator('[aria-invalid]').count()).toBe(1);
    expect(await page.locator('[aria-invalid]').inputValue()).toBe('many');
    expect(await page.textContent('[role=alert]')).toBe('This must be a number.');
  }

  await see(site, { filter: JSON.stringify([never]) });
  await page.getByRole('link', { name: 'trend', exact: true }).click();
  await page.waitForSelector('.filter-bar .condition');
  expect(await page.textContent('.filter-bar .words')).toBe('did Signed Up, then never Canceled');
  expect(site.errors).toEqual([]);
});

test('an error of the API is shown at its field, and the typed text stays', async () => {
  const site = await siteWithPeople();
  const { page } = site;
  await see(site, {
    filter: JSON.stringify([{ event: 'Signed Up' }, { any: [{ event: 'Signed Up', atLeast: 2 }] }]),
  });
  await page.waitForSelector('.people-list h2:text-is("3 people")');
  await page.fill('[aria-label=Times]', 'many');
  await page.click('text=Show people');
  await page.waitForSelector('.field-fault');
  expect(await page.$$eval('[aria-invalid]', (all) => all.map((e) => (e as HTMLInputElement).value))).toEqual(['many']);
  expect(await page.$$eval('[role=alert]', (all) => all.map((e) => e.textContent))).toEqual(['This must be a number.']);
  await page.fill('[aria-label=Times]', '1');
  expect(await page.$$('[role=alert]')).toHaveLength(0);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.people-list h2:text-is("3 people")');
});

test('after an error the first click on the button asks again, although what was typed is only then in force', async () => {
  const site = await siteWithPeople();
  const { page } = site;
  await see(site, { filter: JSON.stringify([{ property: 'Company', greater: '10,5' }]) });
  await page.waitForSelector('.field-fault');
  await page.fill('[aria-label=Value]', '10.5');
  // As a hand presses: the field is left before the button is released.
  const { x, y, width, height } = (await page.locator('text=Show people').boundingBox())!;
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  await page.waitForFunction(() => !document.querySelector('[role=alert]'));
  await page.mouse.up();
  await expect.poll(() => filterIn(site)).toEqual([{ property: 'Company', greater: 10.5 }]);
  await page.waitForSelector('text=Nobody matches this');
  expect(await page.$$('.field-fault')).toHaveLength(0);
});

test('a column that adds up takes an amount of the site, and says what is wrong with its days', async () => {
  const site = await openSite();
  const { page } = site;
  for (const [name, amounts] of Object.entries({ ann: [10, 2.5], bob: [40], eve: [] })) {
    await send(site, '/e', { _p: name, _n: 'Signed Up', Plan: 'Pro' });
    for (const amount of amounts) await send(site, '/e', { _p: name, _n: 'Billed', 'Billing Amount': String(amount) });
  }
  await counted(site);
  await see(site);
  // The names of the site have arrived.
  await page.waitForSelector('.people-list');
  await page.waitForLoadState('networkidle');
  await page.click('text=Add a column');
  await page.selectOption('[aria-label="What the column shows"]', 'sum of');
  expect(await page.inputValue('.builder input[aria-label=Property]')).toBe('Billing Amount');
  expect(await page.inputValue('.builder input[aria-label=Event]')).toBe('Billed');
  // The fields of the days do not touch the fields of the column above them.
  const column = await page.locator('.builder ol:last-of-type .row-fields').last().boundingBox();
  const days = await page.locator('.builder .counted').boundingBox();
  expect(days!.y - (column!.y + column!.height)).toBeGreaterThanOrEqual(4);
  await page.click('text=Show people');
  await page.click('.people-list thead >> text=sum of Billing Amount in Billed');
  const sums = () =>
    page.$$eval('.people-list tbody tr', (all) =>
      (all as HTMLTableRowElement[]).map(({ cells }) => `${cells[0]!.textContent} ${cells[1]!.textContent}`),
    );
  await expect.poll(sums).toEqual(['bob 40', 'ann 12.5', 'eve –']);

  await page.selectOption('[aria-label=When]', 'between');
  await page.fill('[aria-label="First day"]', '2026-10-02');
  await page.fill('[aria-label="Last day"]', '2026-10-01');
  await page.click('text=Show people');
  await page.waitForSelector('.builder .field-fault');
  expect(await page.textContent('.builder .field-fault')).toContain('is before');
  expect(await page.inputValue('[aria-label="First day"]')).toBe('2026-10-02');
  // The name of an event stays where the new column has one, too.
  await page.selectOption('[aria-label="What the column shows"]', 'number of times of');
  expect(await page.inputValue('.builder input[aria-label=Event]')).toBe('Billed');
  expect(await page.$('.builder input[aria-label=Property]')).toBe(null);
  expect(site.errors).toEqual([]);
});

test('columns, their order, pages and the CSV are those of the API', async () => {
  const site = await openSite();
  const { page } = site;
  const lines = Array.from({ length: 120 }, (_, n) => {
    const parameters = {
      _k: KEY,
      _p: `p${n}`,
      _n: 'Paid',
      _t: String(1_790_000_000 + n),
      _d: '1',
      Amount: String(n % 7),
    };
    return `/e?${new URLSearchParams(parameters).toString()}`;
  });
  await site.collector.send('/b', {
    method: 'POST',
    body: lines.join('\n'),
    headers: { 'content-type': 'text/plain' },
  });
  await expect.poll(() => namesOf(site, {})).toHaveLength(120);

  await see(site, { columns: JSON.stringify([{ event: 'Canceled', show: 'last' }]) });
  await page.waitForSelector('.people-list');
  expect(await page.textContent('.people-list tbody td')).toBe('never');
  await see(site);
  await page.waitForSelector('.people-list');
  // A column that is added before the names have loaded is empty, and stays so.
  await expect
    .poll(async () => {
      const remove = page.locator('[aria-label="Remove column 1"]');
      if (await remove.count()) await remove.click();
      await page.click('text=Add a column');
      return page.inputValue('.people-builder [role=combobox]');
    })
    .toBe('Amount');
  await page.fill('.people-builder [role=combobox]', 'Amount');
  await page.click('text=Show people');
  await page.click('thead >> text=last value of');
  await page.waitForSelector('th[aria-sort=ascending]');
  const question = {
    columns: [{ property: 'Amount', show: 'last value' as const }],
    sort: { column: 0, descending: false },
    bots: 'exclude' as const,
  };
  const expected = await namesOf(site, question);
  const seen: string[] = [];
  for (const count of [50, 100, 120]) {
    await expect.poll(() => listed(site)).toEqual(expected.slice(seen.length, count));
    seen.push(...(await listed(site)));
    if (count < 120) await page.click('text=Next page');
  }
  await page.goBack();
  await expect.poll(() => listed(site)).toEqual(expected.slice(50, 100));
  // Without conditions there are no links to the reports of these people: they would be those of the whole site.
  expect(await page.textContent('.people-list')).not.toContain('What these people do');

  const [download] = await Promise.all([page.waitForEvent('download'), page.click('a:text-is("CSV")')]);
  const rows: string[][] = parse(readFileSync(await download.path(), 'utf8'), { bom: true });
  expect(rows.slice(1).map(([identities]) => identities)).toEqual(expected);

  await see(site);
  await page.click('thead >> text=Last seen');
  await page.waitForSelector('th[aria-sort=ascending] >> text=Last seen ↑');
  const longAway = await namesOf(site, { sort: { descending: false }, bots: 'exclude' });
  expect(longAway.slice(0, 3)).toEqual(['p0', 'p1', 'p2']);
  await expect.poll(() => listed(site)).toEqual(longAway.slice(0, 50));
  await page.click('thead >> text=Last seen');
  await page.waitForSelector('th[aria-sort=descending] >> text=Last seen ↓');
  expect(new URL(page.url()).searchParams.has('sort')).toBe(false);

  // The column is no longer there.
  await see(site, { sort: '0down' });
  await page.waitForSelector('.people-list h2:text-is("120 people")');
});

test('people stay sorted when conditions or columns change', async () => {
  const site = await siteWithPeople();
  const { page } = site;
  const columns = [
    { event: 'Signed Up', show: 'times' },
    { event: 'Canceled', show: 'times' },
  ];
  const sorted = (): Promise<string[]> =>
    page.$$eval('th[aria-sort] button', (all) => all.map(({ textContent }) => textContent));
  const apply = async (): Promise<void> => {
    const former = page.url();
    await page.click('text=Show people');
    await page.waitForURL((url) => url.href !== former);
    await page.waitForSelector('.people-list');
  };
  await see(site, { columns: JSON.stringify(columns), sort: '1up' });
  await page.click('text=Add a column');
  // A field that is added before the names have loaded is empty.
  await page.getByRole('combobox', { name: 'Property' }).fill('Plan');
  await apply();
  await expect.poll(sorted).toEqual(['number of times of Canceled ↑']);
  await page.getByRole('combobox', { name: 'What the column shows' }).nth(1).selectOption('last time of');
  await apply();
  await expect.poll(sorted).toEqual(['last time of Canceled ↑']);
  // The column by which people are sorted may be another one now.
  await page.click('[aria-label="Remove column 1"]');
  await apply();
  await expect.poll(sorted).toEqual(['Last seen ↓']);

  await see(site, { columns: JSON.stringify(columns), sort: 'up' });
  await page.click('text=Add a condition');
  await page.locator('.people-builder fieldset').first().getByRole('combobox', { name: 'Event' }).fill('Signed Up');
  await apply();
  await expect.poll(sorted).toEqual(['Last seen ↑']);
});

test('the people behind a number are exactly those, and the page says which number it is', async () => {
  const site = await siteWithPeople();
  const { page } = site;
  const range = { from: '2026-01-01', to: '2026-12-31' };
  const { events } = await ask<OverviewAnswer>(site, 'overview', { ...range, bots: 'exclude' });
  const canceled = events.find(({ name }) => name === 'Canceled')!;
  await page.goto(`${site.collector.origin}/?${new URLSearchParams({ key: KEY, ...range }).toString()}`);
  await page.click('#events tr:has-text("Canceled") td a');
  await page.waitForSelector('.behind >> text=who did Canceled');
  await page.waitForSelector('.people-list');
  expect(await listed(site)).toEqual(await namesOf(site, { cell: canceled.cell }));
  expect(await listed(site)).toEqual(['eve']);
  await page.click('text=Back to the overview');
  await page.waitForSelector('#events');
  expect(new URL(page.url()).searchParams.get('from')).toBe(range.from);
  await page.goBack();
  await page.click('text=Look for other people');
  await page.waitForSelector('.people-list h2:text-is("3 people")');
});

describe('the search by identity', () => {
  test('says which identity matched, and is part of the address', async () => {
    const site = await siteWithPeople();
    const { page } = site;
    await see(site);
    await page.fill('input[type=search]', 'ANN');
    await expect.poll(() => page.$$('.people li')).toHaveLength(1);
    expect(await page.textContent('.people li')).not.toContain('found by');
    await page.fill('input[type=search]', 'ANN@');
    await page.waitForSelector('.people li >> text=found by ann@example.com');
    expect(new URL(page.url()).searchParams.get('q')).toBe('ANN@');
    await page.goBack();
    await expect.poll(() => page.inputValue('input[type=search]')).toBe('');
    await page.goForward();
    await page.click('.people a');
    await page.waitForSelector('h1:text-is("ann")');
  });

  test('says what to do if nobody has come, and why there is no answer', async () => {
    const site = await openSite();
    const { page } = site;
    await page.goto(`${site.collector.origin}/people?key=new`);
    await page.waitForSelector('text=Nobody has come yet');
    await page.fill('input[type=search]', 'x'.repeat(1025));
    await page.waitForSelector('text=The search has no answer: `q` is longer than 1024 characters');
    await page.fill('input[type=search]', 'bob');
    await page.waitForSelector('text=Nobody has an identity that contains this text.');
    await page.fill('input[type=search]', '');
    await page.click('text=Get the snippet');
    await page.waitForURL('**/start?key=new');
    expect(site.errors).toEqual([]);
  });
});

test('text from outside is text, in every place of the page', async () => {
  const site = await openSite();
  const { page } = site;
  await send(site, '/e', { _p: HOSTILE, _n: HOSTILE, [HOSTILE]: HOSTILE });
  await send(site, '/a', { _p: HOSTILE, _n: `${HOSTILE}2` });
  await expect.poll(() => namesOf(site, {})).toHaveLength(1);
  const test = { property: HOSTILE, contains: HOSTILE };
  const { events } = await ask<{ events: { cell: string }[] }>(site, 'names', {});
  const columns = JSON.stringify([
    { property: HOSTILE, show: 'last value' },
    { event: HOSTILE, show: 'times', where: [test] },
  ]);
  const filter = JSON.stringify([{ event: HOSTILE, where: [test] }, { not: { all: [{ event: HOSTILE }] } }, HOSTILE]);
  for (const parameters of [{ columns }, { filter, columns }, { cell: events[0]!.cell, columns }, { q: 'img' }]) {
    await see(site, parameters);
    await expect.poll(() => page.innerHTML('main')).toContain('onerror=');
    const picker = await page.$('[role=combobox]');
    if (picker) {
      await picker.click();
      await page.waitForSelector('[role=option] >> text=onerror');
    }
    await page.waitForTimeout(300);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(await page.$$('main img, main script')).toHaveLength(0);
  }
  expect(site.errors).toEqual([]);
});

test.each(COLOR_SCHEMES)('axe finds nothing, %s', async (colorScheme) => {
  const site = await siteWithPeople();
  const { page } = site;
  const filter = JSON.stringify([
    { event: 'Signed Up', atLeast: 1, where: [{ property: 'Plan', contains: 'Pro' }] },
    { any: [{ property: 'Company', is: 'any' }, { inOrder: [{ event: 'Signed Up' }, { event: 'Last' }] }] },
  ]);
  const columns = JSON.stringify([{ property: 'Company', show: 'last value' }]);
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 800 });
    await see(site, { filter, columns });
    await page.waitForSelector('.people-list');
    await page.click('[role=combobox]');
    expect(await axeFaults(page, [colorScheme])).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  }
});

test('on a phone a name is not cut after one line', async () => {
  const name = 'maria-magdalena.von-der-heide-1234567890@customers.example.com';
  const site = await openSite();
  const { page } = site;
  await page.setViewportSize({ width: 375, height: 800 });
  await site.collector.send(`/e?${new URLSearchParams({ _k: KEY, _p: name, _n: 'Signed Up' }).toString()}`);
  await see(site);
  const identity = page.locator('.people-list .identity');
  await identity.waitFor();
  const { bottom, right } = await identity.evaluate((element) => element.getBoundingClientRect());
  const end = await identity.locator('bdi').evaluate((text) => {
    const range = document.createRange();
    range.selectNodeContents(text);
    return [...range.getClientRects()].at(-1)!;
  });
  expect(end.bottom).toBeLessThanOrEqual(bottom + 1);
  expect(end.right).toBeLessThanOrEqual(right + 1);
});

test('on a phone a condition with days takes few lines', async () => {
  const site = await siteWithPeople();
  const { page } = site;
  await page.setViewportSize({ width: 375, height: 800 });
  await see(site, { filter: JSON.stringify([{ event: 'Signed Up', from: '2026-09-01', to: '2026-09-30' }]) });
  await page.waitForSelector('.people-list');
  const lineOf = (label: string) => page.$eval(`[aria-label="${label}"]`, (field) => field.getBoundingClientRect().top);
  expect(await lineOf('Event')).toBeCloseTo(await lineOf('Kind of condition'), -1);
  expect(await lineOf('When')).toBeCloseTo(await lineOf('How often'), -1);
});
