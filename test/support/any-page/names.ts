import type { PageGlobals } from '../../../src/tracker/page/globals.js';
import { EARLY, elements, scripts, type Part } from './part.js';

/** Names that the tracker reads from the page; `_kmq` is tested separately, since pages push to its value. */
const GLOBALS = Object.keys({
  ...{ KM: 1, KM_KEY: 1, _kmk: 1, KM_COLLECTOR: 1, KM_SITE: 1, KM_CONSENT: 1, KM_COOKIELESS: 1, KM_COOKIE_DOMAIN: 1 },
  ...{ KM_PLAIN: 1, KM_REFERRER: 1, KM_DOMAINS: 1, KM_LIBRARY: 1, KM_DNT: 1, KMDNTH: 1, KM_GPC: 1, KM_CLEAN_URL: 1 },
  ...{ KM_FORM_IDENTITY: 1, KM_SKIP_FORM_FIELDS: 1, KM_SKIP_URL: 1, KM_SKIP_PAGE_VIEW: 1, KM_SKIP_VISITED_SITE: 1 },
  ...{ KM_SKIP_REFERRER: 1, KM_SKIP_SEARCH_ENGINE: 1, KM_SKIP_UTM: 1, KM_SKIP_RETURNING: 1, KM_ROUTE_QUERY: 1 },
} satisfies Record<Exclude<keyof PageGlobals, '_kmq'>, 1>);

/** Members of `document` that trackers use: an image or a form with such a name replaces the member, also for calls. */
const OF_DOCUMENT = (
  'referrer hidden visibilityState prerendering currentScript addEventListener removeEventListener createElement ' +
  'getElementsByTagName getElementById querySelector querySelectorAll head body documentElement defaultView location ' +
  'title URL domain forms images readyState hasFocus'
).split(' ');

export const clobberedGlobals = [
  ...elements(
    'a name that is taken',
    GLOBALS.flatMap((name) => [
      `<a id=${name} href=https://elsewhere.test/x></a>`,
      `<form id=${name}><input name=record></form>`,
    ]),
  ),
  ...elements(
    'a name that is taken',
    ['KM', '_kmk', 'KM_COLLECTOR', 'KM_SITE', 'KM_CONSENT', 'KM_PLAIN'].flatMap((name) => [
      `<a id=${name}></a><a id=${name} name=record></a>`,
      `<iframe name=${name}></iframe>`,
    ]),
  ),
  ...elements('a form as settings', ['<form id=KM_SITE><input name=KM_CONSENT><input name=KM_PLAIN></form>']),
  ...elements(
    'a queue that is an element',
    [
      '<a id=_kmq></a>',
      '<form id=_kmq></form>',
      '<img name=_kmq>',
      '<select id=_kmq></select>',
      '<iframe name=_kmq></iframe>',
    ],
    { moments: ['before'] },
  ),
  ...scripts(
    'a name that is taken',
    {
      'var KM = {}': 'var KM = {};',
      'KM with its own members': 'KM = { version: 3, init: function () {} };',
      'var KM = undefined': 'var KM;',
      'var KM = null': 'var KM = null;',
      'KM_CONSENT = granted': "KM_CONSENT = 'granted';",
      'KM_DOMAINS = text': "KM_DOMAINS = 'example.test';",
      'KM_LIBRARY = {}': 'KM_LIBRARY = {};',
      'KM_REFERRER = 7': 'KM_REFERRER = 7;',
      'KM_COOKIE_DOMAIN of another site': "KM_COOKIE_DOMAIN = 'elsewhere.test';",
      'KM_SITE = null': 'KM_SITE = null;',
    },
    { moments: EARLY },
  ),
];

export const clobberedDocument = [
  // Before the loader they prevent the creation of scripts: see `stopsLoader`.
  ...OF_DOCUMENT.flatMap((name) => [
    ...elements('a member of the document', [`<img name=${name}>`]),
    ...elements('a member of the document', [`<form name=${name}></form>`]),
  ]),
  ...elements('a member of the document', ['<iframe name=head></iframe>', '<iframe name=currentScript></iframe>']),
  ...elements('a member of the document', ['<img name=cookie>', '<form name=cookie></form>'], { takes: ['cookies'] }),
  ...elements('a form with fields that hide its members', [
    '<form><input name=matches><input name=getAttribute><input name=elements><input name=id></form>',
  ]),
  ...elements('another base', ['<base href=https://elsewhere.test/>']),
];

/** Whether a page with this part before the loader cannot create a script, so that the page needs the script tag. */
export function stopsLoader({ name }: Part): boolean {
  return /name=(createElement|getElementsByTagName|head)\b/.test(name);
}
