import { elements, put, scripts } from './part.js';

export const consoles = scripts('a console', {
  'that is empty': 'console = {};',
  'with log alone': 'console = { log: function () {} };',
  'that throws': "console.log = console.error = console.warn = function () { throw Error('no console'); };",
  'that is undefined': 'console = undefined;',
  'that is null': 'console = null;',
  'that is deleted': 'delete window.console;',
  'with a getter that throws': put('window', 'console', "get: function () { throw Error('no console'); }"),
  'that cannot be called': 'console = { log: 1, error: 2, warn: 3, info: 4 };',
});

const clock = (now: string): string =>
  `(function (real, start) { Date.now = function () { return ${now}; }; })(Date.now, Date.now());`;

export const clocks = [
  // By the browser's clock, cookies that such a page writes have expired.
  ...scripts(
    'a clock',
    {
      'of 1970': clock('real() % 1e9'),
      'of 1999': clock('9.3e11 + real() % 1e9'),
      'before 1970': clock('real() % 1e9 - 1e11'),
      'of September 2001': clock('1e12 - 5e2 + real() % 1e6'),
    },
    { takes: ['cookies'] },
  ),
  ...scripts('a clock', {
    'of 2038': clock('2.2e12 + real() % 1e9'),
    'of 2300': clock('1.04e13 + real() % 1e9'),
    'of 9999': clock('2.533e14 + real() % 1e9'),
    'that goes backwards': clock('2 * start - real()'),
    'that jumps': clock('real() + 1e7 * (Math.random() - 0.5)'),
    'with fractions': clock('real() + Math.random()'),
    'that stands still': clock('1.7e12'),
    'that is no number': clock('NaN'),
  }),
  ...scripts(
    'a clock',
    {
      'whose Date is another, of 2015': `(function (Original) {
      Date = function (value) {
        var made = arguments.length ? new Original(value) : new Original(1.43e12);
        return this instanceof Date ? made : made.toString();
      };
      Date.prototype = Original.prototype; Date.now = function () { return 1.43e12; };
      Date.UTC = Original.UTC; Date.parse = Original.parse;
    })(Date);`,
    },
    { takes: ['cookies'] },
  ),
];

export const settings = scripts(
  'settings',
  {
    'page views': 'KM_SKIP_PAGE_VIEW = false;',
    debug: "window._kmq = window._kmq || []; _kmq.push(['debug']);",
    'a library':
      "KM_LIBRARY = [{ type: 'click', match: '<<', event: 'X' }, { type: 'url', match: '/nowhere', event: 'X' }, null];",
    domains: "KM_DOMAINS = ['elsewhere.test', 'other.test'];",
  },
  { moments: ['before'] },
);

/** Rules for what a page may load, applied before anything is loaded; ORIGIN is the collector. */
export const policies = [
  ...elements(
    'a policy',
    ['<meta http-equiv=Content-Security-Policy content="img-src ORIGIN; connect-src \'none\'">'],
    {
      moments: ['before'],
      takes: ['fetch', 'beacon'],
    },
  ),
  ...elements(
    'a policy',
    ['<meta http-equiv=Content-Security-Policy content="img-src \'none\'; connect-src ORIGIN">'],
    {
      moments: ['before'],
      takes: ['image'],
    },
  ),
];
