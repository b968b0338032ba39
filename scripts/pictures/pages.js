import { URLSearchParams } from 'node:url';

/** The site of the demo's visitors, and one that nobody has visited. */
const DEMO = 'demo';
const EMPTY = 'a-new-site';

const json = JSON.stringify;
const address = (path, parameters = {}, key = DEMO) => `${path}?${new URLSearchParams({ key, ...parameters })}`;

/** The line below an answer; it exists when the answer is there. */
const ANSWERED = '.foot';
const NOTHING = '.empty';

/** A condition for a person with a long history. */
const LOYAL = { all: [{ event: 'Billed', atLeast: 3 }, { event: 'Ordered' }] };
const FEW_COLUMNS = [
  { property: 'Plan Name', show: 'last value' },
  { property: 'Campaign Name', show: 'first value' },
  { event: 'Visited Site', show: 'times' },
];
const TO_AN_ORDER = ['Viewed Product', 'Added to Cart', 'Ordered'].map((event) => ({ event }));

/** All pictures: the name, the address, and the element that must exist before the picture is taken. */
export async function pages(origin) {
  const loyal = await person(origin);
  return [
    { name: 'overview', path: address('/'), ready: ANSWERED, prepare: whole },
    { name: 'overview-empty', path: address('/', {}, EMPTY), ready: NOTHING },
    { name: 'trend', path: address('/trend'), ready: ANSWERED },
    {
      name: 'trend-split',
      path: address('/trend', {
        ...{ event: 'Signed Up', by: 'week', days: '91' },
        split: json({ property: 'Campaign Name', attribution: 'first ever' }),
      }),
      ready: ANSWERED,
    },
    { name: 'trend-empty', path: address('/trend', {}, EMPTY), ready: NOTHING },
    { name: 'funnel', path: address('/funnel'), ready: ANSWERED },
    {
      name: 'funnel-split',
      path: address('/funnel', {
        ...{ steps: json(TO_AN_ORDER), days: '91' },
        split: json({ property: 'Campaign Medium', attribution: 'first ever' }),
      }),
      ready: ANSWERED,
    },
    { name: 'people', path: address('/people'), ready: ANSWERED, isLong: true },
    {
      name: 'people-conditions',
      path: address('/people', { filter: json(LOYAL.all), columns: json(FEW_COLUMNS), sort: '2down' }),
      ready: ANSWERED,
      isLong: true,
    },
    { name: 'people-empty', path: address('/people', {}, EMPTY), ready: NOTHING },
    { name: 'person', path: address('/person', { id: loyal }), ready: '.calendar', prepare: whole, isLong: true },
    { name: 'live', path: address('/live'), ready: '.row', isLong: true },
    { name: 'live-empty', path: address('/live', {}, EMPTY), ready: NOTHING },
    { name: 'start', path: address('/start'), ready: '.latest .row' },
    { name: 'log-in', path: '/', ready: '.login', collector: 'locked' },
    { name: 'no-such-page', path: '/no-such-page', ready: '.error' },
  ];
}

/** Waits until no request is running. */
const whole = (page) => page.waitForLoadState('networkidle');

/** @returns an identity of the person for whom LOYAL holds and who came most often */
async function person(origin) {
  const question = { filter: LOYAL, columns: [FEW_COLUMNS[2]], sort: { column: 0, descending: true }, limit: 1 };
  const asked = `${origin}/api/v1/reports/people?${new URLSearchParams({ key: DEMO, q: json(question) })}`;
  for (;;) {
    const response = await fetch(asked);
    if (response.ok) return (await response.json()).people[0].customerIds[1];
    // 503 while the reports of the new store are being built.
    if (response.status !== 503) throw new Error(await response.text());
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
