import { EARLY, put, scripts, THROWS } from './part.js';

export const storage = [
  ...scripts(
    'localStorage',
    {
      null: put('window', 'localStorage', 'value: null'),
      undefined: put('window', 'localStorage', 'value: undefined'),
      throws: put('window', 'localStorage', THROWS),
      full: `try { for (var size = 1 << 22; size; size >>= 1) try {
        for (;;) localStorage.setItem('filler' + localStorage.length, Array(size + 1).join('x'));
      } catch (full) {} } catch (none) {}`,
      'cannot be written': `Storage.prototype.setItem = function () { throw new DOMException('Full', 'QuotaExceededError'); };
      ${put('window', 'localStorage', 'value: new Proxy({}, { set: function () { throw new DOMException("Full", "QuotaExceededError"); }, defineProperty: function () { throw new DOMException("Full", "QuotaExceededError"); } })')}`,
      'an empty object that forgets': put(
        'window',
        'localStorage',
        'get: function () { return { getItem: function () { return null; }, setItem: function () {}, removeItem: function () {} }; }',
      ),
    },
    { takes: ['storage'] },
  ),
  ...scripts(
    'localStorage, once the page runs',
    { emptied: 'try { localStorage.clear(); } catch (none) {}' },
    { moments: ['after'], takes: ['storage'] },
  ),
  ...scripts(
    'in localStorage',
    {
      'names of methods of localStorage': `try { ['getItem', 'setItem', 'removeItem', 'key', 'length', 'clear', 'hasOwnProperty', 'toString']
      .forEach(function (name) { localStorage.setItem(name, 'x'); }); } catch (none) {}`,
      'other things of the tracker': `try { localStorage.setItem('km_x', ''); localStorage.setItem('km_', '{}'); } catch (none) {}`,
      'an id of a thousand characters': "try { localStorage.setItem('km_ai', Array(1001).join('x')); } catch (none) {}",
      'an empty id': "try { localStorage.setItem('km_ai', ''); localStorage.setItem('km_ni', ''); } catch (none) {}",
      ...Object.fromEntries(
        Object.entries({
          nothing: ['km_uq', ''],
          'no digits': ['km_uqabc', 'hello'],
          'no id': ['km_uq', '1000000000000/e?_k=other&_p=x&_n=Stray'],
          'no address': ['km_uq1700000000000000abcdefghij', '1000000000000'],
          'a moment alone': ['km_uq1700000000000000', '1'],
          'another path': ['km_uq1700000000000000abcdefghij', '1000000000000/nowhere'],
          'another host': ['km_uq1700000000000000abcdefghij', '1000000000000//elsewhere.test/e?_k=x'],
          'an address that runs on': ['km_uq1700000000000000abcdefghij', '1000000000000.elsewhere.test/e?_k=x'],
          JSON: ['km_uq1700000000000000abcdefghij', '{"until":0,"address":"/e"}'],
          'line breaks': ['km_uq1700000000000000abcdefghij', '1000000000000/e?a\\n/e?b\\n\\n'],
          'half a surrogate pair': ['km_uq1700000000000000abcdefghij', '1000000000000/e?_k=other&_p=x&_n=\\ud800'],
          'a lease without an end': ['km_uq1700000000000000abcdefghij', '9999999999999/e?_k=other&_p=x&_n=Stray'],
          'a percent sign': ['km_uq1700000000000000abcdefghij', '1000000000000/e?_k=other&_p=%E0%A4%A&_n=%'],
        }).map(([name, [key, value]]) => [
          `a hit that is ${name}`,
          `try { localStorage.setItem('${key}', '${value}'); } catch (none) {}`,
        ]),
      ),
      'a hit of 300,000 characters':
        "try { localStorage.setItem('km_uq1700000000000000abcdefghij', '1000000000000' + Array(300000).join('x')); } catch (none) {}",
      'a hundred hits that are none':
        "try { for (var n = 100; n < 200; n++) localStorage.setItem('km_uq1700000000000' + n + 'abcdefghij', 'x' + n); } catch (none) {}",
      'a list of hits, as the original kept in a cookie': `try { localStorage.setItem('km_uq', '["/e?_n=x",null,7]'); } catch (none) {}`,
    },
    { moments: ['before', 'after'] },
  ),
];

const PRISTINE_COOKIE = "Object.getOwnPropertyDescriptor(Document.prototype, 'cookie')";

export const cookies = [
  ...scripts(
    'document.cookie',
    {
      throws: put(
        'document',
        'cookie',
        `${THROWS}, set: function () { throw new DOMException('No', 'SecurityError'); }`,
      ),
      'takes nothing': put('document', 'cookie', "get: function () { return ''; }, set: function () {}"),
      'is undefined': put('document', 'cookie', 'value: undefined'),
    },
    { moments: EARLY, takes: ['cookies'] },
  ),
  ...scripts('document.cookie', {
    'is wrapped': `(function (own) {
      ${put('document', 'cookie', 'get: function () { return own.get.call(document); }, set: function (text) { own.set.call(document, text); }')}
    })(${PRISTINE_COOKIE});`,
    'is wrapped on the prototype': `(function (own) {
      ${put('Document.prototype', 'cookie', 'get: function () { return own.get.call(this); }, set: function (text) { own.set.call(this, String(text)); }')}
    })(${PRISTINE_COOKIE});`,
  }),
  ...scripts(
    'a cookie',
    {
      'with a broken escape': "document.cookie = 'km_ai=%E0%A4%A; path=/';",
      'without a value': "document.cookie = 'km_ai=; path=/'; document.cookie = 'km_ni=; path=/';",
      'without a name': "document.cookie = '=km_ai; path=/';",
      'of spaces': "document.cookie = 'km_ai=%20%20; path=/';",
      'of 300 characters': "document.cookie = 'km_ai=' + Array(301).join('x') + '; path=/';",
      'of 3,500 characters': "document.cookie = 'km_ai=' + Array(3501).join('y') + '; path=/';",
      'with half a surrogate pair': "document.cookie = 'km_ai=%ED%A0%80; path=/';",
      'with a broken name': "document.cookie = 'km_ni=%E0%A4%A; path=/';",
      'of another path': "document.cookie = 'km_ai=other; path=/elsewhere';",
      'with garbage for the last visit': "document.cookie = 'km_lv=abc; path=/';",
      'with garbage for the tests': "document.cookie = 'km_abi=%E0%A4%A; path=/';",
      'of the original':
        "document.cookie = 'km_ai=' + encodeURIComponent('pZ7q1Nn2+Jx0lQ/0bG4dYy1Kk8s=') + '; path=/'; document.cookie = 'km_uq=' + escape('[\"/e?_n=x\"]') + '; path=/';",
      'named like members of objects':
        "document.cookie = '__proto__=x; path=/'; document.cookie = 'constructor=x; path=/'; document.cookie = 'toString=x; path=/';",
      'with a broken escape, of somebody else':
        "document.cookie = 'theirs=%E0%A4%A; path=/'; document.cookie = '%E0%A4%A=theirs; path=/';",
      'a hundred others': "for (var n = 0; n < 100; n++) document.cookie = 'other' + n + '=' + n + '; path=/';",
    },
    { moments: ['before'] },
  ),
  ...scripts(
    'a cookie',
    { 'with garbage for this visit': "document.cookie = 'km_vs=%; path=/';" },
    { moments: ['before'], takes: ['visit'] },
  ),
  // More cookies than browsers keep: some of the tracker's are among the evicted ones.
  ...scripts(
    'a cookie',
    { 'three hundred others': "for (var n = 0; n < 300; n++) document.cookie = 'other' + n + '=' + n + '; path=/';" },
    { moments: ['before'], takes: ['cookies'] },
  ),
];
