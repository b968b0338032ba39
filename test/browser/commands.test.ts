import { describe, expect, test } from 'vitest';
import { afterLoad, openSite, script, snippets, useBrowser, type Site } from '../support/browser.js';

useBrowser();

type Line = Record<string, unknown>;

/** Every command of the original (docs/reference.md#1.3 and docs/reference.md#2), as pages push it. */
const COMMANDS = `
  _kmq.push(['record', 'Recorded', { a: 1 }]);
  _kmq.push(['record', { 'Recorded as property': 1 }]);
  _kmq.push(['record', null, { 'Recorded without name': 1 }]);
  _kmq.push(['record', 'With function', function () { called.push('in the place of properties'); }]);
  _kmq.push(['record', 'With callback', {}, function () { called.push('record'); }]);
  _kmq.push(['set', { Colour: 'green' }, function () { called.push('set'); }]);
  _kmq.push(['alias', 'one', 'other']);
  _kmq.push(['identify', 'bob']);
  _kmq.push(['record', 'As bob']);
  _kmq.push(['alias', 'robert']);
  _kmq.push(['clearIdentity']);
  _kmq.push(['record', 'As nobody']);
  _kmq.push(['pageView']);
  _kmq.push(['trackClick', 'button', 'Clicked', { a: 1 }]);
  _kmq.push(['trackClickOnOutboundLink', '.out', 'Left']);
  _kmq.push(['trackSubmit', '#one', 'Submitted', { a: 1 }]);
  _kmq.push(['trackForm', 'two', 'Submitted another']);
  _kmq.push(['ab', 'Test', ['only']]);
  _kmq.push(['signedUp', 'Pro', { a: 1 }]);
  _kmq.push(['upgraded', 'Max']);
  _kmq.push(['downgraded', 'Free']);
  _kmq.push(['billed', 32, 'Upgrade', { a: 1 }]);
  _kmq.push(['canceled', { Why: 'moved' }]);
  _kmq.push(['cancelled', { Why: 'price' }]);
  _kmq.push(function () { called.push('function'); KM.record('By a function'); });
`;

const BODY = `
  <button id="button" type="button">Click</button>
  <a class="out" href="#out">Out</a>
  <form id="one" onsubmit="submitted = this.id; return false"><input name="plan" value="pro"><input type="submit" value="Send one"></form>
  <form id="two" onsubmit="submitted = this.id; return false"><input name="plan" value="max"><input type="submit" value="Send two"></form>`;

const EXPECTED: Line[] = [
  { _n: 'Recorded', a: '1' },
  { 'Recorded as property': '1' },
  { 'Recorded without name': '1' },
  { _n: 'With function' },
  { _n: 'With callback' },
  { Colour: 'green' },
  { _p: 'other', _p2: 'one' },
  { _p: 'bob', _p2: 'bob' },
  { _p: 'bob', _n: 'As bob' },
  { _p: 'bob', _p2: 'robert' },
  { _n: 'As nobody' },
  { _n: 'Page View', Referrer: 'Direct', 'Viewed URL': expect.stringContaining('http') as unknown },
  { _n: 'Clicked', a: '1' },
  { _n: 'Left' },
  { _n: 'Submitted', plan: 'pro', a: '1' },
  { _n: 'Submitted another', plan: 'max' },
  { Test: 'only' },
  { _n: 'Signed Up', 'Plan Name': 'Pro', a: '1' },
  { _n: 'Upgraded', 'Plan Name': 'Max' },
  { _n: 'Downgraded', 'Plan Name': 'Free' },
  { _n: 'Billed', 'Billing Amount': '32', 'Billing Description': 'Upgrade', a: '1' },
  { _n: 'Canceled', Why: 'moved' },
  { _n: 'Canceled', Why: 'price' },
  { _n: 'By a function' },
];

async function useThePage({ page }: Site): Promise<void> {
  for (const name of ['Click', 'Out']) await page.click(`text=${name}`);
  for (const name of ['one', 'two']) await page.click(`[value="Send ${name}"]`);
}

describe('every command of the original', () => {
  test.each([
    ['before the load', (code: string) => [script(code), '']],
    ['during it, by a function that was pushed', (code: string) => [script(`_kmq.push(function () { ${code} })`), '']],
    ['after it', (code: string) => ['', code]],
  ])('%s', async (_, place) => {
    const site = await openSite();
    const [early, late] = place(COMMANDS) as [string, string];
    await site.open(script('called = []') + early + snippets.loader(site.collector), { body: BODY });
    await afterLoad(site.page, late);
    await useThePage(site);
    // Before the visitor is named, the `_p` of an alias is their anonymous id.
    const hits = (await site.stored(EXPECTED.length)).map(({ _t, _i, ...hit }) => {
      expect([_t, _i]).not.toContain(undefined);
      return hit._p2 === 'bob' && String(hit._p).length === 21 ? { ...hit, _p: 'bob' } : hit;
    });
    for (const line of EXPECTED) expect(hits).toContainEqual({ _p: expect.anything() as unknown, ...line });
    const person = (name: string) => hits.find(({ _n }) => _n === name)!._p;
    // After the sign-out, the visitor is neither bob nor the person they were before bob.
    expect(new Set(['Recorded', 'As bob', 'As nobody'].map(person)).size).toBe(3);
    await site.page.waitForFunction('called.length === 4');
    expect(await site.page.evaluate('called.sort()')).toEqual([
      'function',
      'in the place of properties',
      'record',
      'set',
    ]);
    expect(site.errors).toEqual([]);
    expect(site.console).toEqual([]);
  });

  test('if the bundle is blocked, the page works as before', async () => {
    const site = await openSite();
    await site.page.route('**/site.js', (route) => route.abort());
    await site.open(snippets.loader(site.collector) + script(`called = []; ${COMMANDS}`), { body: BODY });
    await useThePage(site);
    expect(
      await site.page.evaluate('[location.hash, submitted, called.length, Array.isArray(_kmq), typeof KM]'),
    ).toEqual([...['#out', 'two', 0, true, 'undefined']]);
    expect([site.hits, site.errors, await site.cookies()]).toEqual([[], [], {}]);
    // Only the message of the browser itself about a script that could not be loaded.
    expect(site.console.filter((line) => !line.includes('Failed to load resource'))).toEqual([]);
  });
});

test('a value that cannot be read is left out, and the event arrives', async () => {
  const site = await openSite();
  await site.open(snippets.loader(site.collector), { body: `<iframe src="http://other.test:${site.port}/"></iframe>` });
  await afterLoad(
    site.page,
    `_kmq.push(['record', 'Bought', {
      before: 1, frame: frames[0], user: { join: '2026-01-31' }, list: [Symbol('a')], object: { join() { throw Error('mine'); } }, after: 2,
    }])`,
  );
  const [{ _p, _t, _i, ...rest }] = (await site.stored(1)) as [Line];
  expect([_p, _t, _i]).not.toContain(undefined);
  expect(rest).toEqual({ _n: 'Bought', before: '1', after: '2' });
  expect([site.console, site.errors]).toEqual([[], []]);
});

test('the helpers for plans leave out values that are empty', async () => {
  const site = await openSite();
  await site.open(snippets.loader(site.collector));
  await afterLoad(
    site.page,
    `KM.signedUp(null, { a: '', b: null, c: { d: 1 }, e: function () {}, f: 0, g: false, h: 'x' });
     KM.billed('', undefined, 'no properties'); KM.canceled(function () {}); KM.upgraded('Pro', { 'Plan Name': 'other' });`,
  );
  const hits = (await site.stored(4)).map(({ _p, _t, _i, ...hit }) => [_p, _t, _i].length && hit);
  const expected = [
    { _n: 'Signed Up', f: '0', g: 'false', h: 'x' },
    { _n: 'Billed' },
    { _n: 'Canceled' },
    { _n: 'Upgraded', 'Plan Name': 'Pro' },
  ];
  for (const line of expected) expect(hits).toContainEqual(line);
});

test('KM gives what it knows: i, abi, ts, rf and u', async () => {
  const site = await openSite();
  const head = snippets.loader(site.collector);
  await site.open(head, { path: '/from' });
  await site.open(head, { path: '/here?a=1#b', body: '<a href="/next?c=2#d">Next</a>' });
  await afterLoad(site.page, '');
  const answers = () => site.page.evaluate('[KM.i(), KM.abi(), KM.rf(), KM.u()]');
  const [id, abId, ...addresses] = (await answers()) as string[];
  expect(addresses).toEqual(['', `http://www.example.test:${site.port}/here?a=1#b`]);
  expect(await site.cookies()).toEqual({ km_ai: id, km_abi: abId });
  expect(id).not.toBe(abId);
  await site.page.evaluate(`KM.identify('bob')`);
  expect(await answers()).toEqual(['bob', abId, ...addresses]);
  await site.page.evaluate('KM.clearIdentity()');
  expect(((await answers()) as string[])[1]).toBe(abId);

  await site.page.click('a');
  expect(await site.page.evaluate('document.referrer')).toContain('/here');
  await site.open(head, { path: '/next' });
  await site.page.goto(`http://www.example.test:${site.port}/here`);
  await site.page.click('a');
  await afterLoad(site.page, '');
  expect(await site.page.evaluate('KM.rf() === document.referrer && KM.rf() !== ""')).toBe(true);
  await site.page.evaluate(`KM_REFERRER = 'https://outside.example/'`);
  expect(await site.page.evaluate('KM.rf()')).toBe('https://outside.example/');
  // Rounded, not cut (docs/reference.md#1.3).
  const shown = `(() => { const now = Date.now; const seen = [];
    for (const ms of [1300000000499, 1300000000500]) { Date.now = () => ms; seen.push(KM.ts()); }
    Date.now = now; return seen; })()`;
  expect(await site.page.evaluate(shown)).toEqual([1300000000, 1300000001]);
});
