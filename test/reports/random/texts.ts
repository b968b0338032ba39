import fc from 'fast-check';

/** Few names and values, so that they occur together; also texts that programs have read in two ways. */

const EVENTS = ['A', 'a', 'B', 'Çà', 'çà', "it's; DROP TABLE hits", 'Page View', 'Visited Site', 'constructor'];
const PROPERTIES = ['P', 'p', 'Q', 'Ñ"', 'N', 'Referrer', 'URL', 'Viewed URL', 'Campaign Medium', 'Search Engine'];

/** A name that is never sent. */
const UNKNOWN = 'Nobody has sent this';

const often = <T>(arbitrary: fc.Arbitrary<T>, ...others: fc.Arbitrary<T>[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 10, arbitrary }, ...others.map((one) => ({ weight: 1, arbitrary: one })));

const anyEvent = fc.constantFrom(...EVENTS);
const anyProperty = fc.constantFrom(...PROPERTIES, '__proto__', 'Customer ID');
export const sentEvent = often(fc.constantFrom('A', 'a', 'B', 'B'), anyEvent, anyEvent);
export const sentProperty = often(fc.constantFrom('P', 'p', 'Q'), anyProperty, anyProperty);

export const askedEvent = often(fc.constantFrom('A', 'a', 'B', 'B'), anyEvent, fc.constantFrom('ÇÀ', 'b', UNKNOWN));
export const askedProperty = often(
  fc.constantFrom('P', 'p', 'Q', 'Customer ID'),
  anyProperty,
  fc.constantFrom('ñ"', 'n', 'customer id', UNKNOWN),
);

const PLAIN = ['x', 'X', 'y', 'None', 'null', 'false', '', ' ', "a'b", '%', '_', '\\', 'a,b:c', '😀', '～'];
const CASES = [
  'straße',
  'STRASSE',
  'İ',
  'i\u0307',
  'I',
  'ı',
  'ς',
  'σ',
  'Σ',
  'ΟΔΟΣ',
  'é',
  'e\u0301',
  'É',
  'ﬁ',
  '\u212a',
  'ŉ',
  'ᾳ',
  'ΑΙ',
];
const NUMBERS = ['2', '10', '-.5', '+.25', '1e3', ' 1e3 ', '007', '-3.75', '1e-2', '\t7\n', '4.', '1E+1'];
const NO_NUMBERS = [
  '0x10',
  '1,5',
  '1_000',
  'Infinity',
  'NaN',
  'inf',
  '1e400',
  '5 USD',
  '--1',
  '1 2',
  '٣',
  '\u00a08',
  'e5',
  '.',
];
const ADDRESSES = [
  'http://www.Example.com:8080/a?b#c',
  'https://example.com/a#c',
  'HTTP://EXAMPLE.COM',
  'http://example.com?q=http://other.com/',
  'http://ann:secret@www.example.com/ü?',
  'https://www.facebook.com/',
  'android-app://com.google.android.gm/',
  'http://[::1]:80/x',
  'http://xn--bcher-kva.example/',
  'www.example.com/x?y',
  '/a?b#c',
  'mailto:ann@example.com?subject=x',
  'https://uk.search.yahoo.com/',
  'https://m.facebook.com/x?y',
  'https://notfacebook.com/',
  'https://www.google.de/search?q=x',
  'https://docs.google.com/',
  'https://pinterest.co.uk',
  'http://example.com/?a=b&gclid=x',
  'http://example.com/?gclid=#gclid=x',
  'http://example.com/?xgclid=x',
  'http://example.com/?a=b&wbraid=x',
  'http://example.com/?gbraid=#wbraid=x',
  'Direct',
];
/** Links to pages with parameters of campaigns, and pages that these links lead to. */
const LINKS = [
  'https://example.com/a?utm_source=x&utm_medium=cpc',
  'https://example.com/a?id=1&GCLID=7#utm_source=x',
  'https://example.com/a?fbclid=1&id=1&',
  'https://example.com/a?&utm_x=1&utm_y&gclidx=2',
  '?utm_source=\n',
];
export const PAGES = ['https://example.com/a', 'https://example.com/a?id=1#utm_source=x', '', 'https://example.com/x'];
const MEDIA = ['cpc', 'Email', 'organic', 'social media', 'Banner', 'banner', 'paid', 'REFERRAL', ''];

export const VALUES = [...new Set([...PLAIN, ...CASES, ...NUMBERS, ...NO_NUMBERS, ...ADDRESSES, ...LINKS, ...MEDIA])];

/** Properties that a tracker sends for a page. */
export const pageProperties = fc
  .record(
    {
      Referrer: fc.constantFrom(...ADDRESSES),
      URL: fc.constantFrom(...ADDRESSES, ...LINKS),
      'Viewed URL': fc.constantFrom(...ADDRESSES, ...LINKS, ...PAGES),
      'Campaign Medium': fc.constantFrom(...MEDIA),
      utm_medium: fc.constantFrom(...MEDIA),
      'Search Engine': fc.constantFrom('Google', ''),
      gclid: fc.constantFrom('x', ''),
    },
    { requiredKeys: [] },
  )
  .map((all) => Object.entries(all));

export const value = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('x', 'X', 'y', '2', '10') },
  { weight: 1, arbitrary: fc.constantFrom(...PLAIN) },
  { weight: 3, arbitrary: fc.constantFrom(...CASES) },
  { weight: 2, arbitrary: fc.constantFrom(...NUMBERS) },
  { weight: 1, arbitrary: fc.constantFrom(...NO_NUMBERS) },
  { weight: 1, arbitrary: fc.constantFrom(...ADDRESSES) },
  { weight: 1, arbitrary: fc.constantFrom(...MEDIA) },
);

/** Texts to compare with a value: mostly a value, or a part of one. */
export const needle = fc
  .tuple(fc.oneof(value, fc.constantFrom(...CASES)), fc.nat(3), fc.nat(4), fc.boolean())
  .map(([text, begin, length, whole]) => (whole ? text : [...text].slice(begin, begin + length).join('')));

export const identityName = often(
  fc.constantFrom('ann@x.com', 'bob', 'Bob', 'straße'),
  fc.constantFrom('', "o'hara", '7', 'ann@Company.com', 'STRASSE'),
);
