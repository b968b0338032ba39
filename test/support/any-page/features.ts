import { put, scripts } from './part.js';

export const missing = [
  ...scripts(
    'missing',
    {
      sendBeacon: put('navigator', 'sendBeacon', 'value: undefined'),
      'sendBeacon refuses': put('navigator', 'sendBeacon', 'value: function () { return false; }'),
      'sendBeacon throws': put('navigator', 'sendBeacon', "value: function () { throw TypeError('no'); }"),
    },
    { takes: ['beacon'] },
  ),
  ...scripts(
    'missing',
    {
      fetch: 'fetch = undefined;',
      'fetch throws': "fetch = function () { throw TypeError('no'); };",
      'fetch refuses': "fetch = function () { return Promise.reject(TypeError('no')); };",
      'fetch says yes, and does nothing': 'fetch = function () { return Promise.resolve({ ok: true, status: 200 }); };',
      'fetch answers with an empty page':
        "fetch = function () { return Promise.resolve(new Response('', { status: 200 })); };",
    },
    { takes: ['fetch'] },
  ),
  ...scripts('missing', {
    locks: put('navigator', 'locks', 'value: undefined'),
    'locks refuse': put(
      'navigator',
      'locks',
      "value: { request: function () { return Promise.reject(Error('no')); } }",
    ),
    'locks throw': put('navigator', 'locks', "value: { request: function () { throw Error('no'); } }"),
    'AbortSignal.timeout': 'AbortSignal.timeout = undefined;',
    AbortSignal: 'AbortSignal = AbortController = undefined;',
    Promise: 'Promise = undefined;',
    'a Promise that never calls back':
      'Promise = function () { this.then = this["catch"] = function () { return this; }; };',
    performance: 'performance = undefined;',
    'performance.now': 'performance = {};',
    'performance.now that stands still': put('performance', 'now', 'value: function () { return 5; }'),
    'performance.now that is no number': put('performance', 'now', 'value: function () { return NaN; }'),
    ShadowRoot: 'ShadowRoot = undefined;',
    URLSearchParams: 'URLSearchParams = undefined;',
    // WeakMap and WeakSet exist in every browser that knows the tracker's syntax.
    WeakRef: 'WeakRef = undefined;',
    'FinalizationRegistry, queueMicrotask': 'FinalizationRegistry = queueMicrotask = undefined;',
    navigation: 'navigation = undefined;',
    "a variable of the page's, navigation": "var navigation = { items: ['Home', 'Shop'], addEventListener: 7 };",
    'MutationObserver and IntersectionObserver': 'MutationObserver = IntersectionObserver = undefined;',
    'requestIdleCallback and requestAnimationFrame': 'requestIdleCallback = requestAnimationFrame = undefined;',
    scheduler: 'scheduler = undefined;',
    structuredClone: 'structuredClone = undefined;',
    'TextEncoder, Blob, Headers': 'TextEncoder = Blob = Headers = undefined;',
    trustedTypes: put('window', 'trustedTypes', 'value: undefined'),
    'history.pushState': 'history.pushState = history.replaceState = undefined;',
    'history.pushState cannot be written': put('history', 'pushState', 'value: history.pushState, writable: false'),
    'timers of a zone': `['setTimeout', 'setInterval', 'clearTimeout'].forEach(function (name) {
      var original = window[name];
      window[name] = function () {
        if (typeof arguments[0] == 'function') {
          var task = arguments[0];
          arguments[0] = function () { return task.apply(this, arguments); };
        }
        return original.apply(window, arguments);
      };
    });`,
    'listeners of a zone': `(function (add) {
      EventTarget.prototype.addEventListener = function (type, listener, options) {
        return add.call(this, type, listener && (listener.zoned = listener.zoned || function (event) {
          return listener.handleEvent ? listener.handleEvent(event) : listener.call(this, event);
        }), options);
      };
    })(EventTarget.prototype.addEventListener);`,
    'a fetch of a zone': `(function (original) {
      fetch = function () { return original.apply(this || window, arguments).then(function (response) { return response; }); };
    })(fetch);`,
    'an Image that counts': `(function (Original) {
      Image = function (width, height) { return new Original(width, height); };
      Image.prototype = Original.prototype;
    })(Image);`,
    'globals called as pages call theirs':
      "var name = 'x', status = 'y', top1 = 1, start = 7, run = 8, page = {}, guard = 9, call = 10, trace = {};",
  }),
];
