import { expect, test } from 'vitest';
import type { Condition, OverviewQuestion } from '../../src/protocol/reports.js';
import { stand, type SiteOfTest, type TestHit } from './stand.js';

const DAY = 86_400;
const JAN_10 = Date.UTC(2026, 0, 10) / 1000;
const DAYS = { from: '2026-01-10', to: '2026-01-11' };

const hit = (who: string, time: number, event?: string, properties?: Record<string, string>, agent = 0): TestHit => ({
  ...{ who, time: JAN_10 + time, agent },
  ...(event !== undefined && { event }),
  ...(properties && { properties }),
});

async function overview(hits: TestHit[], question: Partial<OverviewQuestion> = {}, site: SiteOfTest = {}) {
  const data = await stand(hits, site);
  const answer = await data.ask('overview', { ...DAYS, ...question });
  const peopleOf = (cells: { cell: string }[]): Promise<string[][]> =>
    Promise.all(cells.map(({ cell }) => data.peopleOf(cell)));
  const found = async (filter: Condition): Promise<string[]> => {
    const { people } = await data.ask('people', { filter, limit: 100 });
    return people.map(({ identities }) => identities[0]!).sort();
  };
  return { ...answer, peopleOf, found };
}

const counts = ({ people, visits, newPeople }: { people: number; visits: number; newPeople: number }): number[] => [
  people,
  visits,
  newPeople,
];

test('a visit ends after more than 30 minutes without a hit', async () => {
  const { visits } = await overview([hit('a', 0, 'x'), hit('a', 1800, 'x'), hit('a', 3600), hit('a', 3600)]);
  expect(visits).toBe(1);
  expect((await overview([hit('a', 0, 'x'), hit('a', 1801, 'x')])).visits).toBe(2);
});

test('a visit over midnight counts on the day on which it began', async () => {
  const hits = [hit('a', DAY - 10, 'x'), hit('a', DAY + 10, 'x'), hit('a', DAY + 1800, 'x'), hit('a', DAY + 3601, 'x')];
  const { rows } = await overview(hits);
  expect(rows.map(counts)).toEqual([
    [1, 1, 1],
    [1, 1, 0],
  ]);
  // The first visit began before this range.
  const later = await overview(hits, { from: '2026-01-11' });
  expect(counts(later)).toEqual([1, 1, 0]);
});

test('bots and servers make no visits, and count as people', async () => {
  const hits = [hit('bot', 0, 'x', {}, 1), hit('server', 0, 'x', {}, 2), hit('a', 0, 'x')];
  // A server's hit does not extend a visit.
  const server = [hit('a', 1800, 'x', {}, 2), hit('a', 3600, 'x')];
  expect(counts(await overview([...hits, ...server]))).toEqual([3, 2, 3]);
  const people = await overview([...hits, ...server], { bots: 'exclude' });
  expect(counts(people)).toEqual([2, 2, 2]);
  expect(people.channels).toMatchObject([{ value: 'Direct', people: 1, times: 2 }]);
});

test('new people were never seen before the range', async () => {
  const hits = [
    hit('old', -40 * DAY, 'x'),
    hit('old', 5, 'x'),
    hit('new', DAY, 'x'),
    hit('new', DAY + 9, 'x'),
    hit('later', 9 * DAY, 'x'),
  ];
  const { rows, peopleOf, ...range } = await overview(hits);
  expect(counts(range)).toEqual([2, 2, 1]);
  expect(rows.map(counts)).toEqual([
    [1, 1, 0],
    [1, 1, 1],
  ]);
  expect(await peopleOf([...rows, { cell: range.newCell }, ...rows.map(({ newCell }) => ({ cell: newCell }))])).toEqual(
    [['old'], ['new'], ['new'], [], ['new']],
  );
});

test('a day of the range that has not ended is open, and "now" is the last five minutes', async () => {
  const hits = [hit('a', DAY + 300, 'x'), hit('b', DAY + 299, 'x'), hit('c', DAY + 600, 'x')];
  const { rows, now } = await overview(hits, {}, { asOf: JAN_10 + DAY + 600 });
  expect(rows.map(({ start, open }) => [start, open])).toEqual([
    ['2026-01-10', undefined],
    ['2026-01-11', true],
  ]);
  expect(now).toBe(2);
});

const URL = 'https://shop.example/';

/** Visits by what their first hit says, and the channel and the referrer of each. */
const VISITS: [what: string, Record<string, string>, channel: string, referrer: string | null][] = [
  ['a medium that is paid', { 'Campaign Medium': 'CPC' }, 'Paid', null],
  ['e-mail', { 'Campaign Medium': 'E-Mail', Referrer: 'https://www.google.com/' }, 'Email', 'google.com'],
  ['organic search', { 'Campaign Medium': 'organic' }, 'Organic', null],
  ['social', { utm_medium: 'sm' }, 'Social', null],
  ['a medium that kmq does not know', { 'Campaign Medium': 'Banner' }, 'Banner', null],
  [
    'a click on an advertisement',
    { URL: `${URL}?a=1&gclid=x#y`, Referrer: 'https://www.google.com/' },
    'Paid',
    'google.com',
  ],
  ['a click on an advertisement on iOS, on a page', { URL: `${URL}?gbraid=x&gclid=` }, 'Paid', null],
  ['a click on an advertisement on iOS, in an app', { URL: `${URL}?a=1&wbraid=x#y` }, 'Paid', null],
  ['parameters with longer names', { URL: `${URL}?xbraid=x&agbraid=x&wbraids=x&braid=x` }, 'Direct', null],
  ['an empty gclid, and a gclid in the fragment', { URL: `${URL}?gclid=&x#?gclid=y` }, 'Direct', null],
  ['a search', { 'Search Engine': 'Bing', Referrer: 'https://www.bing.com/' }, 'Organic', 'bing.com'],
  ['an engine of another country', { Referrer: 'https://m.google.co.uk/' }, 'Organic', 'm.google.co.uk'],
  [
    'the mail of a company with a search engine',
    { Referrer: 'https://mail.google.com/' },
    'Referral',
    'mail.google.com',
  ],
  ['a social site', { Referrer: 'https://l.facebook.com/l.php?u=x' }, 'Social', 'l.facebook.com'],
  ['a social site by its app', { Referrer: 'android-app://com.linkedin.android/' }, 'Social', 'com.linkedin.android'],
  [
    'a site whose name ends like that of a social site',
    { Referrer: 'https://netflix.com:8080/x' },
    'Referral',
    'netflix.com',
  ],
  ['another site', { Referrer: 'https://www.Blog.example/post?x' }, 'Referral', 'blog.example'],
  ['the same site', { URL, Referrer: `${URL}cart` }, 'Direct', null],
  ['Direct', { Referrer: 'Direct' }, 'Direct', null],
  ['an empty referrer', { Referrer: '' }, 'Direct', null],
  ['only a fbclid', { URL: `${URL}?fbclid=x` }, 'Direct', null],
];

test('the first hit of a visit says its channel and its referrer', async () => {
  const { channels, referrers, peopleOf } = await overview(
    VISITS.map(([what, properties]) => hit(what, 0, 'x', properties)),
  );
  for (const [list, place] of [
    [channels, 2],
    [referrers, 3],
  ] as const) {
    const people = await peopleOf(list);
    const found = list.map(({ value, ...counts }, index) => [value, people[index], counts.people, counts.times]);
    const values = [...new Set(VISITS.map((visit) => visit[place]))];
    const expected = values.map((value) => {
      const whose = VISITS.filter((visit) => visit[place] === value).map(([what]) => what);
      return [value, whose.sort(), whose.length, whose.length];
    });
    expect(found).toHaveLength(expected.length);
    expect(found).toEqual(expect.arrayContaining(expected));
  }
});

test('a referrer on the site’s own domains, or their subdomains, does not count', async () => {
  const from = (who: string, host: string): TestHit => hit(who, 0, 'x', { URL, Referrer: `https://${host}/` });
  const hits = [from('a', 'www.tea.example'), from('b', 'blog.tea.example'), from('c', 'nottea.example')];
  const { referrers, channels } = await overview(hits, {}, { domains: ['www.tea.example', 'shop.example'] });
  expect(referrers).toMatchObject([
    { value: null, people: 2 },
    { value: 'nottea.example', people: 1 },
  ]);
  expect(channels).toMatchObject([
    { value: 'Direct', people: 2 },
    { value: 'Referral', people: 1 },
  ]);
  expect((await overview(hits)).channels).toMatchObject([{ value: 'Referral', people: 3 }]);
});

test('channels that differ only in case are one, in the spelling of most people', async () => {
  const by = (who: string, medium: string): TestHit => hit(who, 0, 'x', { 'Campaign Medium': medium });
  const banners = [by('a', 'BANNER'), by('b', 'Banner'), by('c', 'Banner')];
  const { channels, peopleOf } = await overview([...banners, by('d', 'paid'), by('e', 'paid'), by('f', 'cpc')]);
  expect(channels).toMatchObject([
    { value: 'Banner', people: 3, times: 3 },
    { value: 'Paid', people: 3, times: 3 },
  ]);
  expect(await peopleOf(channels)).toEqual([
    ['a', 'b', 'c'],
    ['d', 'e', 'f'],
  ]);
});

test('the first visit in the range decides where a person came from', async () => {
  const from = (host: string): Record<string, string> => ({ Referrer: `https://${host}/` });
  const hits = [
    hit('a', -DAY, 'x', from('before.example')),
    hit('a', 10, 'Page View', { 'Viewed URL': 'https://WWW.shop.example/b', Referrer: 'https://shop.example/a' }),
    hit('a', 20, undefined, from('first.example')),
    hit('a', 30, undefined, from('second.example')),
    hit('a', 9000, 'x', { 'Campaign Medium': 'email', ...from('third.example') }),
  ];
  const { channels, referrers } = await overview(hits);
  expect(channels).toMatchObject([{ value: 'Referral', people: 1, times: 2 }]);
  expect(referrers).toMatchObject([{ value: 'first.example', people: 1, times: 2 }]);
});

test('pages are those of page views, or else the first page of each visit', async () => {
  const visited = (who: string, page: string): TestHit => hit(who, 0, 'Visited Site', { URL: URL + page });
  const { pages } = await overview([visited('a', ''), visited('b', ''), visited('c', 'c')]);
  expect(pages).toMatchObject([
    { value: URL, people: 2, times: 2 },
    { value: `${URL}c`, people: 1, times: 1 },
  ]);
  const views = await overview([visited('a', ''), hit('b', 5, 'page view', { 'Viewed URL': `${URL}b` })]);
  expect(views.pages).toMatchObject([{ value: `${URL}b`, people: 1, times: 1 }]);
  expect(await views.peopleOf(views.pages)).toEqual([['b']]);
  const before = [visited('a', ''), hit('b', -DAY, 'Page View', { 'Viewed URL': `${URL}b` })];
  expect((await overview(before)).pages).toMatchObject([{ value: URL }]);
});

test('links to one page with different campaigns are one page', async () => {
  const view = (who: string, page: string): TestHit => hit(who, 0, 'Page View', { 'Viewed URL': URL + page });
  const links = [
    '?utm_source=letter&utm_medium=email',
    '',
    '?gclid=1',
    '?gclid=2&UTM_CAMPAIGN=a%26b',
    '?gclid=2&utm_id=',
  ];
  const { pages, peopleOf, found } = await overview([
    ...links.map((link, n) => view(`p${n}`, link)),
    // Parameters that are not of campaigns stay in the URL, in the order in which they were sent.
    ...[view('a', '?id=1&utm_source=x&b=2&fbclid=3'), view('b', '?id=1&b=2'), view('c', '?b=2&id=1')],
    // These are no parameters of campaigns, or not in the query.
    ...[view('d', '?myutm_source=x'), view('e', '?gclidx=1'), view('f', '#?utm_source=x'), view('g', '?utm_source')],
    ...[view('h', '?utm_source=x#here?gclid=1'), view('i', '&utm_source=x'), view('j', 'ä?utm_term=ä&')],
  ]);
  expect(pages.map(({ value, people, times }) => [value!.slice(URL.length), people, times])).toEqual([
    ['', 5, 5],
    ['?id=1&b=2', 2, 2],
    ...['#?utm_source=x', '#here?gclid=1', '&utm_source=x', '?b=2&id=1', '?gclidx=1', '?myutm_source=x'].map((page) => [
      ...[page, 1, 1],
    ]),
    ...['?utm_source', 'ä?'].map((page) => [page, 1, 1]),
  ]);
  const people = await peopleOf(pages);
  expect(people.slice(0, 4)).toEqual([['p0', 'p1', 'p2', 'p3', 'p4'], ['a', 'b'], ['f'], ['h']]);
  // The condition finds the people of the row.
  for (const [index, { value }] of pages.entries()) expect(await found({ page: value! })).toEqual(people[index]);
});

test.each([
  ['https://shop.example/a', 'https://shop.example/b', null],
  ['http://shop.example/a', 'https://shop.example/b', null],
  ['https://shop.example', 'https://shop.example/b', null],
  ['https://shop.example?a', 'https://shop.example/b', null],
  ['https://WWW.Shop.example:8443/a', 'https://me@shop.example/b', null],
  ['https://shop.example/a', 'https://shop.example.evil.test/b', 'shop.example'],
  ['https://shop.example.evil.test/', 'https://shop.example/', 'shop.example.evil.test'],
  ['https://shop.example:1/', 'https://blog.example/?from=https://shop.example:1/', 'shop.example'],
  ['https://BÜCHER.example/ΑΣ', 'https://bücher.example/x', null],
  ['https:///a', 'https:///b', 'https:///a'],
])('a referrer %s of a page %s counts as %s', async (Referrer, URL, referrer) => {
  const { referrers } = await overview([hit('a', 0, 'x', { URL, Referrer })]);
  expect(referrers.map(({ value }) => value)).toEqual([referrer]);
});

test('pages are sorted by their people, however often they are viewed', async () => {
  const views = (page: string, people: number, times: number): TestHit[] =>
    Array.from({ length: people * times }, (_, n) =>
      hit(`${n % people}`, n, 'Page View', { 'Viewed URL': `${URL}${page}` }),
    );
  const pages = Array.from({ length: 12 }, (_, n) => views(`often-${n}`, 1, 30));
  const few = Array.from({ length: 9 }, (_, n) => views(`many-${n}`, 3, 1));
  const { pages: listed } = await overview([...pages, ...few, views('two', 2, 1), views('one', 1, 40)].flat());
  const own = listed.map(({ value, people, times }) => [value!.slice(URL.length), people, times]);
  expect(own).toEqual([...Array.from({ length: 9 }, (_, n) => [`many-${n}`, 3, 3]), ['two', 2, 2]]);
});

test('no list is longer than ten', async () => {
  const hits = Array.from({ length: 12 }, (_, n) =>
    hit(`${n}`, n, `event ${String(n).padStart(2, '0')}`, {
      'Campaign Medium': `m${n}`,
      Referrer: `https://r${n}.example/`,
    }),
  );
  const views = Array.from({ length: 12 }, (_, n) => hit('0', n, 'Page View', { 'Viewed URL': `${n}` }));
  const { events, channels, referrers, pages } = await overview([...hits, ...views]);
  expect([events, channels, referrers, pages].map(({ length }) => length)).toEqual([10, 10, 10, 10]);
  expect(events.slice(0, 2).map(({ name, people, times }) => [name, people, times])).toEqual([
    ['Page View', 1, 12],
    ['event 00', 1, 1],
  ]);
});

test('a site without hits has zeros', async () => {
  const { rows, ...range } = await overview([]);
  expect(counts(range)).toEqual([0, 0, 0]);
  expect(rows.map(counts)).toEqual([
    [0, 0, 0],
    [0, 0, 0],
  ]);
  expect([range.channels, range.referrers, range.pages, range.events, range.now]).toEqual([[], [], [], [], 0]);
});
