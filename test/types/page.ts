import type { SiteSettings } from 'kmq';
import type {} from 'kmq/global';
// A script of a page that uses the globals. Every wrong line expects its error: a type
// that accepts the line is an error here.

window._kmq = window._kmq || [];
_kmq.push([
  'record',
  'Signed Up',
  { 'Plan Name': 'Pro', seats: 3, tags: ['a', 1], trial: true, coupon: null },
  () => {},
]);
_kmq.push(['record', 'a', {}, (arrived) => void arrived], ['set', { a: 1 }, (arrived: boolean) => void arrived]);
_kmq.push(['record', 'a', () => {}], ['record', { a: 1 }, () => {}], ['billed', 7, 'Tea', {}, () => {}]);
_kmq.push(['set', { since: new Date(), visits: [new Date(), 7] }]);
_kmq.push(['record', 'a'], ['set', { a: 1 }], () => KM.record('b'));
_kmq.push(['record', { a: 1 }], ['record', null, { a: 1 }]);
_kmq.push(['record', 'dated', { _t: KM.ts() - 60, _d: 1, _p: 'bob' }]);
_kmq.push(
  ['identify', 'ada'],
  ['identify', 7],
  ['identify', null],
  ['clearIdentity'],
  ['alias', 'a', 'b'],
  ['alias', 'a'],
);
_kmq.push(
  ['trackClick', '.buy', 'Bought', { price: 3 }],
  ['trackSubmit', document.body, 'Sent'],
  ['trackForm', 'f', 'Sent'],
);
_kmq.push(['ab', 'Headline', ['a', 'b'], (variant: string) => variant.length], ['ab', 'Price', { low: 1, high: 2 }]);
_kmq.push(['billed', 14.5, 'Tea', { a: 1 }], ['signedUp', 'Pro'], ['canceled'], ['pageView']);
_kmq.push(['consent', 'granted'], ['optOut'], ['optIn'], ['debug']);
_kmq.push('identify', 'ada');
_kmq.push('record', 'a', { b: 1 });

// @ts-expect-error no such command
_kmq.push(['recrod', 'a']);
// @ts-expect-error an event has a name
_kmq.push(['record', 7]);
// @ts-expect-error nested objects do not travel
_kmq.push(['record', 'a', { b: { c: 1 } }]);
// @ts-expect-error functions do not travel
_kmq.push(['set', { a: () => {} }]);
// @ts-expect-error all who are named so would be one person
_kmq.push(['identify', {}]);
// @ts-expect-error granted or denied
_kmq.push(['consent', 'yes']);
// @ts-expect-error no arguments
_kmq.push(['clearIdentity', 'ada']);
// @ts-expect-error a test has variants
_kmq.push(['ab', 'Headline']);
// @ts-expect-error no such command
_kmq.push('recrod', 'a');

const variant: 'a' | 'b' = KM.ab('Headline', ['a', 'b']);
const price: 'low' | 'high' = KM.ab('Price', { low: 70, high: 30 }, (chosen: 'low' | 'high') => void chosen);
const texts: string[] = [KM.i(), KM.abi(), KM.u(), KM.rf(), variant, price];
const tests: boolean[] = [KM.um('/a/*'), KM.um('/a', texts[0]), KM.urm(/a/)];
KM.trackClickOnOutboundLink(document.links[0]!, 'Left', { where: 'footer', first: tests[0]! });
const ids: (string | null | undefined)[] = [KM.gc('ni'), KM.gc('ai'), KM._i, KM.uprts('?a=b').params.a, KM.p({ a: 1 })];
KM.u = () => 'https://www.example.com/';
// @ts-expect-error it is read-only
KM._i = ids[0]!;
// @ts-expect-error c is no variant
const wrong: 'c' = KM.ab('Headline', ['a', 'b']);
// @ts-expect-error a pattern is a text
KM.um(/a/);

KM_SKIP_PAGE_VIEW = false;
KM_COOKIE_DOMAIN = 'example.com';
KM_DOMAINS = ['example.com', 'example.net'];
KM_LIBRARY = [{ type: 'url', match: '/pricing', event: 'Saw Pricing' }];
// @ts-expect-error no such type of rule
KM_LIBRARY = [{ type: 'hover', match: 'a', event: 'b' }];
/** Each setting of a site is also a global of a page: the compiler names those that are not. */
const missing: Record<Exclude<keyof SiteSettings, keyof typeof globalThis>, never> = {};
void [wrong, missing];
