import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import type { FunnelAnswer, ReportKind, Reports } from '../../src/protocol/reports.js';
import { courseOf, sampleQuestion, stepsOf } from '../../src/dashboard/funnel/believable.js';
import { percent } from '../../src/dashboard/format.js';
import { largestDrop } from '../../src/dashboard/funnel/shares.js';
import { axeFaults } from '../support/axe.js';
import { openSite, useBrowser, type Site } from '../support/browser.js';
import { KEY, sharedCollector } from '../support/collector.js';
import { nowForFile } from '../support/day.js';
import { COLOR_SCHEMES } from '../support/long.js';

useBrowser();

const DAY = 86_400;
const now = await nowForFile();

const PEOPLE: Record<string, string[]> = {
  ann: ['Visited Site', 'Added to Cart', 'Signed Up', 'Paid'],
  bob: ['Visited Site', 'Added to Cart', 'Signed Up'],
  eve: ['Visited Site', 'Added to Cart'],
  joe: ['Visited Site', 'Added to Cart'],
  kim: ['Visited Site'],
};

/** A shop in which people are lost from step to step; the steps are a minute apart. */
const sharedShop = sharedCollector(async (collector) => {
  for (const [person, events] of Object.entries(PEOPLE)) {
    for (const [index, event] of events.entries()) {
      const time = String(now - 2 * DAY + index * 60);
      const plan: object = event === 'Signed Up' && person === 'ann' ? { Plan: 'None' } : {};
      await collector.send(
        `/e?${new URLSearchParams({ _k: KEY, _p: person, _n: event, _t: time, _d: '1', ...plan }).toString()}`,
      );
    }
  }
  // Until the reports include all of them.
  const all = Object.values(PEOPLE).flat().length;
  await expect
    .poll(async () => (await ask({ collector }, 'names', {})).events?.reduce((sum, { times }) => sum + times, 0))
    .toBe(all);
});

/** Two variants of an A/B test. With one, three times as many people pay as with the other; a third variant has one person. */
const sharedVariants = sharedCollector(async (collector) => {
  const time = now - 2 * DAY;
  const send = (person: string, event: string, at: number, more: object) =>
    collector.send(
      `/e?${new URLSearchParams({ _k: KEY, _p: person, _n: event, _t: String(at), _d: '1', ...more }).toString()}`,
    );
  const group = async (variant: string, people: number, paying: number): Promise<void> => {
    for (let n = 0; n < people; n++) {
      await send(`${variant}${n}`, 'Visited Site', time, { 'Buy button': variant });
      if (n < paying) await send(`${variant}${n}`, 'Paid', time + 60, {});
    }
  };
  await group('green <b>', 60, 30);
  await group('blue', 60, 10);
  await group('red', 1, 1);
  await expect
    .poll(async () => (await ask({ collector }, 'names', {})).events?.reduce((sum, { times }) => sum + times, 0))
    .toBe(162);
});

const shop = async (): Promise<Site> => openSite({ collector: await sharedShop() });

const see = async ({ collector, page }: Site, parameters: Record<string, string> = {}): Promise<void> => {
  await page.goto(`${collector.origin}/funnel?${new URLSearchParams({ key: KEY, ...parameters }).toString()}`);
  await page.waitForSelector('.foot, .empty, .field-fault, .fault');
};

const steps = (...events: string[]): string => JSON.stringify(events.map((event) => ({ event })));

async function ask<K extends ReportKind>(
  { collector }: Pick<Site, 'collector'>,
  kind: K,
  question: Reports[K]['question'],
) {
  const q = encodeURIComponent(JSON.stringify(question));
  return (await (await collector.send(`/api/v1/reports/${kind}?key=${KEY}&q=${q}`)).json()) as Reports[K]['answer'];
}

/** The current question, as the link to the CSV has it. */
const questionOf = async ({ page }: Site): Promise<Reports['funnel']['question']> => {
  const href = await page.getAttribute('a[download]', 'href');
  // Of the days that are shown; the days with which they are compared come after them.
  return [JSON.parse(new URL(href!, page.url()).searchParams.get('q')!) as Reports['funnel']['question']].flat()[0]!;
};

/** The people behind each number that is a link. */
async function peopleBehind(site: Site, selector: string): Promise<string[]> {
  const hrefs = await site.page.$$eval(selector, (links) => links.map((link) => link.getAttribute('href')!));
  return Promise.all(
    hrefs.map(async (href) => {
      const cell = new URL(href, site.collector.origin).searchParams.get('cell')!;
      const { people } = await ask(site, 'people', { cell, limit: 100 });
      const names = people.map(({ identities }) => identities[0]!);
      return names.sort().join(' ');
    }),
  );
}

const numbers = ({ page }: Site) => page.$$eval('.step-people a', (all) => all.map(({ textContent }) => textContent));
const names = ({ page }: Site) => page.$$eval('.step-name', (all) => all.map(({ textContent }) => textContent));
const typed = ({ page }: Site) =>
  page.$$eval('.funnel-steps li > .step-fields > .name-field input', (all) =>
    all.map((field) => (field as HTMLInputElement).value),
  );

test('a split funnel says which variant of an A/B test is better, if that is more than chance', async () => {
  const site = await openSite({ collector: await sharedVariants() });
  const split = { split: JSON.stringify({ property: 'Buy button', attribution: 'first ever' }) };
  await see(site, { steps: steps('Visited Site', 'Paid'), ...split });
  const said = () => site.page.locator('#split .verdict').textContent();
  expect(await said()).toBe(
    'The share of people who did all steps is larger with green <b> than with blue, by more than chance: 50% and 16.7%. Its difference from other values may be chance.',
  );
  // If steps may be skipped, the people of a step are no share of those of another one.
  await see(site, { steps: steps('Visited Site', 'Paid'), ...split, skip: 'yes' });
  await site.page.locator('#split table').waitFor();
  expect(await site.page.locator('#split .verdict').count()).toBe(0);
  // A test that has just begun.
  await see(site, { steps: steps('Paid', 'Visited Site'), ...split });
  expect(await said()).toBe('Too few people did all steps, or too few did not: any difference may be chance.');
});

describe('the suggested funnel', () => {
  const name = (name: string, people: number) => ({ name, people, times: people, first: 0, last: 0, cell: '' });
  const course = (...events: ReturnType<typeof name>[]) => courseOf(events);
  const sampled = (...times: (number | null)[][]) =>
    times.map((columns) => ({ identities: [], customerIds: [], lastSeen: 0, columns }));

  test('goes from the visit to the event that most sites want', () => {
    const shop = [name('Visited Site', 90), name('Page View', 90), name('Viewed Product', 60)];
    const signedUp = name('Signed Up', 20);
    expect(course(...shop, signedUp, name('purchased', 5), name('Purchase failed', 9))).toEqual({
      entry: 'Visited Site',
      between: ['Viewed Product', 'Signed Up', 'Purchase failed'],
      goal: 'purchased',
    });
    expect(course(...shop, signedUp, name('Canceled', 3)).goal).toBe('Signed Up');
    // No event has such a name: the goal is the rarest event that many people did.
    expect(course(name('a', 500), name('b', 50), name('c', 4))).toEqual({
      entry: undefined,
      between: ['a', 'c'],
      goal: 'b',
    });
    expect(course(name('PAGE VIEW', 5), name('visited site', 5))).toEqual({
      ...{ entry: 'visited site', between: [], goal: 'PAGE VIEW' },
    });
    expect(stepsOf(course(name('Page View', 5)))).toEqual([{ event: 'Page View' }]);
    expect(stepsOf(course())).toEqual([]);
  });

  test('has the events that most people did before it, in the order in which people first did them', () => {
    const way = { entry: 'Visited Site', between: ['Trial', 'Viewed', 'Rare', 'Later'], goal: 'Paid' };
    expect(sampleQuestion(way)).toMatchObject({ filter: { event: 'Paid' }, columns: { length: 5 } });
    const people = sampled(
      [20, 10, 5, 99, 30],
      [20, 10, null, 99, 30],
      [9, 10, null, null, 30],
      [20, 10, null, 99, 30],
    );
    expect(stepsOf(way, people).map(({ event }) => event)).toEqual(['Visited Site', 'Viewed', 'Trial', 'Paid']);
    // The cart is shown as soon as something is put into it.
    const cart = { between: ['Added', 'Shown', 'Trial'], goal: 'Paid' };
    expect(stepsOf(cart, sampled([1, 1, 2, 9], [3, 3, 4, 9], [3, 4, 5, 9])).map(({ event }) => event)).toEqual([
      ...['Added', 'Trial', 'Paid'],
    ]);
    expect(stepsOf(way).map(({ event }) => event)).toEqual(['Visited Site', 'Paid']);
  });

  test('is filled in for the site, with the numbers of the API and with the people behind each number', async () => {
    const site = await shop();
    const { page } = site;
    await see(site);
    expect(await names(site)).toEqual(['Visited Site', 'Added to Cart', 'Signed Up', 'Paid']);
    expect(JSON.parse(new URL(page.url()).searchParams.get('steps')!)).toHaveLength(4);
    const answer: FunnelAnswer = await ask(site, 'funnel', await questionOf(site));
    expect(answer.steps.map(({ people }) => people)).toEqual([5, 4, 2, 1]);
    expect(await numbers(site)).toEqual(['5', '4', '2', '1']);
    expect(await peopleBehind(site, '.step-people a')).toEqual([
      'ann bob eve joe kim',
      'ann bob eve joe',
      'ann bob',
      'ann',
    ]);
    expect(await peopleBehind(site, '.between-steps a')).toEqual(['kim', 'eve joe', 'bob']);
    const between = await page.$$eval('.between-steps', (all) => all.map(({ textContent }) => textContent));
    expect(between[0]).toMatch(/80% went on, half of them within 1 min/);
    expect(between.map((text) => text.includes('most are lost here'))).toEqual([false, true, false]);
    expect(await page.textContent('.headline')).toContain(
      '20% did all steps: 1 of 5 people, from Visited Site to Paid, half of them within 3 min',
    );
    // Nobody came in the days before: there is no line for those days, and no text about them.
    expect(await page.$$('.funnel-bar .earlier')).toHaveLength(0);
    expect(await page.textContent('#steps .note')).not.toContain('thin lines');
    await page.click('text=As table');
    const rows = await page.$$eval('#steps tbody tr', (all) =>
      all.map((row) => [...row.querySelectorAll('td')].slice(0, 5).map(({ textContent }) => textContent)),
    );
    expect(rows[2]).toEqual(['2', '40%', '50%', '1 min', '1']);
    expect(site.errors).toEqual([]);
  });

  test('the page of the people who did not go on says that they did not', async () => {
    const site = await shop();
    const { page } = site;
    const behind = async (link: string): Promise<string | null> => {
      await see(site, { steps: steps('Visited Site', 'Signed Up') });
      await page.click(link);
      return page.textContent('.behind p');
    };
    const came = 'Only the people behind one number: who came to step 1 of a funnel, Visited Site, ';
    expect(await behind('.between-steps a')).toContain(`${came}but did not go on, `);
    expect(await behind('.step-people a')).not.toContain('did not');
  });

  test('is empty before the first hit: the page says what to do', async () => {
    const site = await openSite();
    await see(site);
    expect(await site.page.textContent('main')).toContain('There is nothing to ask about yet');
  });
});

describe('the steps', () => {
  test('are added, tested, moved and removed by the keyboard, and Back undoes each change', async () => {
    const site = await shop();
    const { page } = site;
    await see(site, { steps: steps('Visited Site', 'Paid') });
    expect(await numbers(site)).toEqual(['5', '1']);
    await page.getByRole('button', { name: 'add a step' }).press('Enter');
    await page.keyboard.type('signed');
    await page.keyboard.press('Enter');
    await expect.poll(() => numbers(site)).toEqual(['5', '1', '0']);
    await page.getByRole('button', { name: 'Move step 3 up' }).press('Enter');
    await expect.poll(() => numbers(site)).toEqual(['5', '2', '1']);
    expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('Move step 2 up');
    await page.getByRole('button', { name: 'with a property' }).nth(1).press('Enter');
    await page.keyboard.type('PLAN');
    await page.keyboard.press('Enter');
    await page.getByRole('combobox', { name: 'Comparison', exact: true }).selectOption('never');
    await expect.poll(() => numbers(site)).toEqual(['5', '1', '0']);
    expect(await names(site)).toEqual(['Visited Site', 'Signed Up with Plan not set', 'Paid']);
    await page.getByRole('button', { name: 'Remove step 1' }).press('Enter');
    await expect.poll(() => numbers(site)).toEqual(['1', '0']);
    for (const before of [
      ['5', '1', '0'],
      ['5', '2', '1'],
      ['5', '1', '0'],
      ['5', '1'],
    ]) {
      await page.goBack();
      await expect.poll(() => numbers(site)).toEqual(before);
    }
    expect(await typed(site)).toEqual(['Visited Site', 'Paid']);
    expect(site.errors).toEqual([]);
  });

  test('that the API refuses show the error at their field, and keep the typed text', async () => {
    const site = await shop();
    const { page } = site;
    const long = 'x'.repeat(300);
    await see(site, { steps: steps('Visited Site', long) });
    expect(await page.$$eval('.step-fields [role=combobox]', (all) => all.map((one) => one.ariaInvalid))).toEqual([
      null,
      'true',
    ]);
    expect(await typed(site)).toEqual(['Visited Site', long]);
    expect(await page.$$('main .fault')).toEqual([]);
  });
});

test('a time limit that is being typed stays while answers arrive', async () => {
  const site = await shop();
  const { page } = site;
  await see(site, { steps: steps('Visited Site', 'Added to Cart'), window: '7' });
  const amount = page.getByRole('textbox', { name: 'How many' });
  let answer = (): void => {};
  const isTyped = new Promise<void>((resolve) => (answer = resolve));
  await page.route('**/api/v1/reports/funnel?*', async (route) => {
    await isTyped;
    await route.continue();
  });
  await page.click('text=91 days');
  await amount.fill('30');
  answer();
  await page.waitForSelector('.answer[aria-busy=false]');
  expect(await amount.inputValue()).toBe('30');
  await page.keyboard.press('Tab');
  await expect.poll(async () => (await questionOf(site)).window).toBe(30);
});

test('a time limit is read like a number in a condition, and other signs than digits are not ignored', async () => {
  const site = await shop();
  const { page } = site;
  await see(site, { steps: steps('Visited Site', 'Added to Cart'), window: '3600' });
  await page.getByRole('combobox', { name: 'Time limit' }).selectOption({ label: 'another limit' });
  const amount = page.getByLabel('How many');
  await amount.click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('1,5');
  await page.keyboard.press('Tab');
  await expect.poll(() => page.textContent('.window-field .field-fault')).toBe('This must be a number.');
  expect(await amount.inputValue()).toBe('1,5');
  expect((await questionOf(site)).window).toBe(3600);
  await amount.fill('1.5');
  await page.keyboard.press('Tab');
  await expect.poll(async () => (await questionOf(site)).window).toBe(5400);
  expect(await page.$$('.field-fault')).toHaveLength(0);
  // It stays what was typed, and is not 90 minutes before the page is opened again.
  expect([await amount.inputValue(), await page.inputValue('[aria-label=Unit]')]).toEqual(['1.5', 'hour']);
  await page.reload();
  expect([await amount.inputValue(), await page.inputValue('[aria-label=Unit]')]).toEqual(['90', 'minute']);
});

test('after Back a time limit is that of the address, whatever was typed', async () => {
  const site = await shop();
  const { page } = site;
  await see(site, { steps: steps('Visited Site', 'Added to Cart'), window: '14' });
  const amount = page.getByRole('textbox', { name: 'How many' });
  await amount.fill('7');
  await page.keyboard.press('Tab');
  await expect.poll(async () => (await questionOf(site)).window).toBe(7);
  // Left with the number that it had: the browser sends no event for that.
  await amount.fill('30');
  await amount.fill('7');
  await page.keyboard.press('Tab');
  await page.goBack();
  await expect.poll(() => amount.inputValue()).toBe('14');
});

test('with a time limit the page says how many people still have time, and no step may be skipped', async () => {
  const site = await shop();
  const { page } = site;
  await see(site, { steps: steps('Visited Site', 'Added to Cart') });
  const window = page.getByRole('combobox', { name: 'Time limit' });
  const skip = page.getByRole('checkbox', { name: 'Steps may be skipped' });
  await window.selectOption({ label: '7 days' });
  await expect.poll(() => page.textContent('.note')).toContain('has 7 days for all other steps');
  expect(await page.textContent('.note')).toContain('The time limit of 5 people has not ended');
  expect(await skip.isDisabled()).toBe(true);
  expect(await page.textContent('#skip-or-window')).toContain('No step may be skipped');
  await window.selectOption({ label: 'another limit' });
  await page.getByRole('combobox', { name: 'Unit' }).selectOption('second');
  await page.getByRole('textbox', { name: 'How many' }).fill('30');
  await page.keyboard.press('Tab');
  // With seven seconds, which are set first, the numbers are the same.
  await expect.poll(async () => (await questionOf(site)).window).toBe(30);
  await expect.poll(() => numbers(site)).toEqual(['5', '0']);
  await window.selectOption({ label: 'all steps within these days' });
  await skip.check();
  await expect.poll(() => page.textContent('.note')).toContain('still counts in the later steps');
  expect(await window.isDisabled()).toBe(true);
  await see(site, { steps: steps('Visited Site'), window: '60', skip: 'yes' });
  expect(await page.textContent('.field-fault')).toBe('This cannot be combined with a time limit.');
  await skip.uncheck();
  await expect.poll(() => numbers(site)).toEqual(['5']);
});

test('if steps may be skipped, the page says how many people left them out', async () => {
  const site = await shop();
  await see(site, { steps: steps('Paid', 'Visited Site', 'Signed Up'), skip: 'yes' });
  expect(await numbers(site)).toEqual(['1', '4', '1']);
  expect(await site.page.textContent('.between-steps')).toMatch(
    /0% did the next step as well.*4 did it without this one/,
  );
  expect(await peopleBehind(site, '.between-steps a')).toEqual(['ann', 'eve joe kim']);
});

test('a split has the steps of each value, and a missing value is not the text “None”', async () => {
  const site = await shop();
  const { page } = site;
  await see(site, { steps: steps('Visited Site', 'Signed Up', 'Paid') });
  await page.click('text=split by a property');
  await page.keyboard.type('plan');
  await page.keyboard.press('Enter');
  await page
    .getByRole('combobox', { name: 'Which value counts' })
    .selectOption({ label: 'the value of step 2 itself' });
  const rows = () =>
    page.$$eval('.split-table tbody tr', (all) =>
      all.map((row) => [
        row.querySelector('.in-bar')!.textContent,
        ...[...row.querySelectorAll('td a')].map(({ textContent }) => textContent),
        row.querySelector('strong')!.textContent,
      ]),
    );
  await expect.poll(rows).toEqual([
    ['None', '1', '1', '1', '100%'],
    ['(not set)', '4', '1', '0', '0%'],
  ]);
  await expect.poll(() => page.textContent('.split-table .note')).toContain('step 2 itself');
  // A funnel has several times: the page says which one.
  expect(await page.getByRole('option', { name: 'the value at the time of step 1' }).count()).toBe(1);
  expect(await peopleBehind(site, '.split-table tbody tr:last-child td a')).toEqual(['bob eve joe kim', 'bob', '']);
  await page.click('.split-table thead button:has-text("All steps")');
  await page.click('.split-table thead button:has-text("All steps")');
  await expect.poll(async () => (await rows()).map(([name]) => name)).toEqual(['(not set)', 'None']);
  // If the split used the value of a step that is removed, it uses that of the last step.
  await page.getByRole('button', { name: 'Remove step 3' }).click();
  await page.getByRole('button', { name: 'Remove step 2' }).click();
  await expect.poll(async () => (await questionOf(site)).split?.attribution).toEqual({ step: 1 });
});

test('only exactly nobody is 0%, and only exactly everybody is 100%', () => {
  const said = [0, 0.0001, 0.0012, 0.056, 0.42, 0.9912, 0.9999, 1, 2.5].map((share) => percent(share));
  expect(said).toEqual(['0%', '<0.1%', '0.1%', '5.6%', '42%', '99.1%', '>99.9%', '100%', '250%']);
  // Values of a split are compared: 412 of 3,879 and 494 of 3,923 people.
  expect([412 / 3879, 494 / 3923, 0.5, 0, 1].map((share) => percent(share, true))).toEqual([
    ...['10.6%', '12.6%', '50%', '0%', '100%'],
  ]);
});

test('the largest drop is that of most people, the first one of equal drops, and none if nobody is lost', () => {
  const step = (people: number, lost?: number) => ({
    ...{ event: 'x', people, medianSeconds: null, cell: '' },
    ...(lost !== undefined && { lost: { people: lost, cell: '' } }),
  });
  expect(largestDrop([step(100, 20), step(80, 60), step(20)])).toBe(1);
  expect(largestDrop([step(100, 40), step(60, 40), step(20)])).toBe(0);
  expect(largestDrop([step(5, 0), step(5)])).toBe(-1);
  // With two steps, people can be lost at one place only.
  expect(largestDrop([step(100, 80), step(20)])).toBe(-1);
  expect(largestDrop([step(5)])).toBe(-1);
});

test.each(COLOR_SCHEMES)('axe finds nothing, %s, and no width is too small', async (colorScheme) => {
  const site = await shop();
  const { page } = site;
  await page.setViewportSize({ width: 320, height: 700 });
  const split = JSON.stringify({ property: 'Plan', attribution: 'last ever' });
  await see(site, { steps: steps('Visited Site', 'Added to Cart', 'Signed Up', 'Paid'), window: '86400', split });
  expect(await axeFaults(page, [colorScheme])).toEqual([]);
  await page.click('text=As table');
  expect(await axeFaults(page, [colorScheme])).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
  await page.setViewportSize({ width: 1280, height: 800 });
  expect(await axeFaults(page, [colorScheme])).toEqual([]);
});

test('a share that differs from the one before by chance only is neither praised nor blamed', async () => {
  const site = await openSite();
  /** So many people on this day, of whom so many sign up. */
  const come = async (daysAgo: number, people: number, signed: number): Promise<void> => {
    for (let n = 0; n < people; n++)
      for (const _n of n < signed ? ['Visited Site', 'Signed Up'] : ['Visited Site'])
        await site.collector.send(
          `/e?${new URLSearchParams({ _k: KEY, _p: `${daysAgo} ${n}`, _n, _t: String(now - daysAgo * DAY), _d: '1' }).toString()}`,
        );
  };
  await come(2, 30, 10);
  await come(9, 30, 12);
  await come(16, 30, 26);
  await come(23, 32, 13);
  await come(30, 27, 11);
  // Days from before the first hit would not be compared.
  await come(40, 1, 0);
  const counted = async () => (await ask(site, 'names', {})).events?.reduce((sum, { times }) => sum + times, 0);
  await expect.poll(counted).toBe(150 + 72);
  const colours = () => site.page.$$eval('.headline .quiet .down, .headline .quiet .up', (found) => found.length);
  const day = (daysAgo: number): string => new Date((now - daysAgo * DAY) * 1000).toISOString().slice(0, 10);

  await see(site, { steps: steps('Visited Site', 'Signed Up'), days: '7' });
  await expect
    .poll(() => site.page.textContent('.headline .quiet'))
    .toMatch(/down from 40% in .*: 12 of 30\. The difference may be chance\.$/);
  expect(await colours()).toBe(0);

  await see(site, { steps: steps('Visited Site', 'Signed Up'), from: day(13), to: day(7) });
  await expect.poll(() => site.page.textContent('.headline .quiet')).toMatch(/^Down from 87% in .*: 26 of 30$/);
  expect(await colours()).toBe(1);

  // 40.6% after 40.7%: nobody could understand “down from 41%” beside 41%.
  await see(site, { steps: steps('Visited Site', 'Signed Up'), from: day(27), to: day(21) });
  await expect.poll(() => site.page.textContent('.headline .large')).toBe('41%');
  await expect.poll(() => site.page.textContent('.headline .quiet')).toMatch(/^41% in .*: 11 of 27$/);

  // As long as the people of these days may still sign up, nobody is to blame.
  const window = String(30 * DAY);
  await see(site, { steps: steps('Visited Site', 'Signed Up'), from: day(13), to: day(7), window });
  await expect.poll(() => site.page.textContent('.headline .quiet')).toMatch(/^Down from 87% in .*: 26 of 30$/);
  expect(await site.page.textContent('main')).toContain('The time limit of 30 people has not ended');
  expect(await colours()).toBe(0);
});

test('the share includes today, and the page says which share is compared with the days before', async () => {
  const site = await openSite();
  const sent: [person: string, event: string, daysAgo: number][] = [
    ['ann', 'Visited Site', 0],
    ['ann', 'Signed Up', 0],
    ['bob', 'Visited Site', 2],
    ['kim', 'Visited Site', 40],
    ['kim', 'Signed Up', 40],
    ['joe', 'Visited Site', 40],
    // Days from before the first hit would not be compared.
    ['joe', 'Visited Site', 80],
  ];
  for (const [_p, _n, daysAgo] of sent)
    await site.collector.send(
      `/e?${new URLSearchParams({ _k: KEY, _p, _n, _t: String(now - daysAgo * DAY), _d: '1' }).toString()}`,
    );
  const counted = async () => (await ask(site, 'names', {})).events?.reduce((sum, { times }) => sum + times, 0);
  await expect.poll(counted).toBe(sent.length);
  await see(site, { steps: steps('Visited Site', 'Signed Up') });
  await expect
    .poll(() => site.page.textContent('.headline .quiet'))
    .toMatch(/^0% without today, down from 50% in .*: 1 of 2$/);
  expect(await site.page.textContent('.headline')).toMatch(/^50% did all steps: 1 of 2 people/);
  // The file has the numbers of all three: of the days that are shown, of those that are over, and of the days before.
  const file = await site.page.evaluate(
    async (link) => (await fetch(link!)).text(),
    await site.page.getAttribute('a[download]', 'href'),
  );
  const rows = parse<Record<string, string>>(file, { bom: true, columns: true });
  expect(rows.map(({ step, people, lost }) => [step, people, lost])).toEqual([
    ...[
      ['1', '2', '1'],
      ['2', '1', ''],
    ],
    ...[
      ['1', '1', '1'],
      ['2', '0', ''],
    ],
    ...[
      ['1', '2', '1'],
      ['2', '1', ''],
    ],
  ]);
  expect(new Set(rows.map(({ from, to }) => `${from} ${to}`)).size).toBe(3);
});

test('on a phone the answer comes first, and the question on request', async () => {
  const site = await shop();
  const { page } = site;
  await page.setViewportSize({ width: 375, height: 800 });
  await see(site, { steps: steps('Visited Site', 'Signed Up', 'Paid') });
  await page.waitForSelector('.funnel');
  expect(await page.textContent('.fold')).toContain('3 steps, from Visited Site to Paid');
  expect(await page.$$('.funnel-steps')).toHaveLength(0);
  expect(await page.$eval('.headline', (line) => line.getBoundingClientRect().bottom)).toBeLessThan(500);
  await page.focus('.fold');
  await page.keyboard.press('Enter');
  expect(await typed(site)).toEqual(['Visited Site', 'Signed Up', 'Paid']);
  await page.click('[aria-label="Remove step 2"]');
  await expect.poll(() => names(site)).toEqual(['Visited Site', 'Paid']);
  await page.click('.fold');
  expect(await page.textContent('.fold')).toContain('2 steps, from Visited Site to Paid');
  expect(await page.$$('.funnel-steps')).toHaveLength(0);
  await see(site, { steps: steps('Visited Site') });
  expect(await page.textContent('.fold span')).toBe('1 step: Visited Site');
});

test('a step that nobody did has no share of people who went on', async () => {
  const site = await shop();
  const between = () => site.page.$$eval('.between-steps', (all) => all.map(({ textContent }) => textContent));
  await see(site, { steps: steps('Visited Site', 'Nothing', 'Paid') });
  expect(await numbers(site)).toEqual(['5', '0', '0']);
  expect(await between()).toEqual([expect.stringContaining('0% went on5 people did not'), '↓ nobody did this step']);
  await see(site, { steps: steps('Nothing', 'Visited Site'), skip: 'yes' });
  expect(await between()).toEqual(['↓ nobody did this step; 5 did the next step without this one']);
});
