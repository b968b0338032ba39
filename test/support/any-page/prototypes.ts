import { scripts } from './part.js';

const member = (name: string, value: string): string => `Object.prototype.${name} = ${value};`;

export const prototypes = [
  ...scripts('a member of every object', {
    'a function of several lines': member(
      'extend',
      'function (other) {\n  for (var name in other)\n    this[name] = other[name];\n  return this;\n}',
    ),
    'a function with a semicolon': member('each', "function () { ';'; }"),
    'a text': member('brand', "'a;b=c; expires=Thu, 01 Jan 1970 00:00:00 GMT'"),
    true: member('truthy', 'true'),
    'a number': member('amount', '7'),
    'an object': member('nested', '{}'),
    'value, a function': member('value', 'function () {\n  return this;\n}'),
    'writable, false': member('writable', 'false'),
    configurable: member('configurable', 'true'),
    'then, which never calls back': member('then', 'function () {}'),
    toJSON: member('toJSON', "function () { return 'x'; }"),
    join: member('join', "function () { return 'joined'; }"),
    length: member('length', '3'),
    t: member('t', 'function (text) {\n  return text;\n}'),
    push: member('push', 'function () { return 0; }'),
    record: member('record', 'function () {}'),
    'href and src': member('href', "'/'") + member('src', "'/'"),
    'expires, domain, path':
      member('expires', '1') + member('domain', "'elsewhere.test'") + member('path', "'/elsewhere'"),
    secure: member('secure', 'true'),
    'name, id, key, keys, size, first, last, find, contains': [
      'name',
      'id',
      'key',
      'keys',
      'size',
      'first',
      'last',
      'find',
      'contains',
    ]
      .map((name) => member(name, 'function () { return this; }'))
      .join(''),
    'granted and in': member('granted', '1') + member('in', '1'),
    'signal, method, body, headers': member('method', "'PUT'") + member('body', "'x'") + member('signal', 'null'),
    'capture, once, passive': member('once', 'true') + member('passive', 'true') + member('capture', 'true'),
    'ifAvailable, mode, steal': member('mode', "'shared'") + member('steal', 'false'),
  }),
  ...scripts('prototypes', {
    'members of arrays': 'Array.prototype.remove = Array.prototype.contains = function () { return false; };',
    'members of arrays: t, get, first':
      'Array.prototype.t = Array.prototype.get = Array.prototype.first = function () {};',
    'a toJSON of arrays, Prototype.js': 'Array.prototype.toJSON = function () { return "[" + this + "]"; };',
    'members of texts':
      'String.prototype.format = String.prototype.t = String.prototype.toJSON = function () { return this; };',
    'members of functions': 'Function.prototype.t = Function.prototype.method = function () { return this; };',
    'Array.from, Prototype.js': `Array.from = function (all) {
      if (!all) return [];
      if ('toArray' in Object(all)) return all.toArray();
      var length = all.length || 0, list = new Array(length);
      while (length--) list[length] = all[length];
      return list;
    };`,
    'Array.from, MooTools, which copies no array': `Array.from = function (all) {
      if (all == null) return [];
      if (Array.isArray(all)) return all;
      return typeof all.length == 'number' && typeof all != 'string' ? Array.prototype.slice.call(all) : [all];
    };`,
    'bind, Prototype.js': `Function.prototype.bind = function (context) {
      if (arguments.length < 2 && context === undefined) return this;
      var method = this, first = [].slice.call(arguments, 1);
      return function () { return method.apply(context, first.concat([].slice.call(arguments))); };
    };`,
    'bind, MooTools, with a list of arguments': `Function.prototype.bind = function (context, list) {
      var method = this;
      return function () { return method.apply(context || null, list === undefined ? arguments : [].concat(list)); };
    };`,
    'Object.keys and values that take what is inherited, Prototype.js': `Object.keys = function (object) {
      var all = []; for (var name in object) all.push(name); return all;
    };
    Object.values = function (object) {
      var all = []; for (var name in object) all.push(object[name]); return all;
    };`,
    'methods of arrays, Prototype.js': `Array.prototype.entries = Array.prototype.toArray = function () { return [].concat(this); };
    Array.prototype.find = Array.prototype.detect = function (test, context) {
      for (var n = 0; n < this.length; n++) if (test.call(context, this[n], n)) return this[n];
    };
    (function (reverse) {
      Array.prototype.reverse = function (inline) { return reverse.call(inline === false ? this.slice() : this); };
    })(Array.prototype.reverse);`,
    'methods of texts, Prototype.js': `String.prototype.startsWith = function (start) { return this.lastIndexOf(start, 0) === 0; };
    String.prototype.endsWith = function (end) {
      var at = this.length - end.length; return at >= 0 && this.indexOf(end, at) === at;
    };
    String.prototype.include = function (text) { return this.indexOf(text) > -1; };`,
    'includes of arrays by indexOf': 'Array.prototype.includes = function (item) { return this.indexOf(item) >= 0; };',
    'Object.assign that takes what is inherited': `Object.assign = function (target) {
      for (var n = 1; n < arguments.length; n++) for (var name in arguments[n]) target[name] = arguments[n][name];
      return target;
    };`,
    // Without `Object.keys`, which another part may have replaced: the tracker uses the entries that this function returns.
    'Object.entries by a polyfill': `Object.entries = function (object) {
      var all = [];
      for (var name in object) if ({}.hasOwnProperty.call(object, name)) all.push([name, object[name]]);
      return all;
    };`,
    'iterators of arrays by a polyfill': `Array.prototype[Symbol.iterator] = function () {
      var list = this, at = 0;
      return { next: function () { return at < list.length ? { value: list[at++], done: false } : { value: undefined, done: true }; } };
    };`,
    'no entries of arrays': 'delete Array.prototype.entries;',
    'flat and flatMap by the page': `Array.prototype.flat = function () { return [].concat.apply([], this); };
    Array.prototype.flatMap = function (make, context) { return this.map(make, context).flat(); };`,
    'a Number by the page': 'Number = function () { return NaN; };',
    'a String by the page': "String = function (value) { return '' + value; };",
    'a JSON by the page': 'JSON = { stringify: function () { return "{}"; }, parse: function () { return {}; } };',
    'a RegExp whose exec is counted': `(function (exec) {
      RegExp.prototype.exec = function (text) { return exec.call(this, text); };
    })(RegExp.prototype.exec);`,
  }),
];

export const frozen = [
  ...scripts('frozen', {
    'Object.prototype': 'Object.freeze(Object.prototype);',
    'Array.prototype': 'Object.freeze(Array.prototype);',
    'all that is built in': `[Object, Array, Function, String, Number, Promise, RegExp, Date, Error, Map, Set]
      .forEach(function (made) { Object.freeze(made.prototype); Object.freeze(made); });`,
    'Storage.prototype and the store': 'Object.freeze(Storage.prototype);',
    history: 'Object.freeze(history);',
    'Math and JSON': 'Object.freeze(Math); Object.freeze(JSON);',
    console: 'Object.freeze(console);',
  }),
  ...scripts(
    'frozen',
    { 'the queue': 'window._kmq = window._kmq || []; Object.freeze(_kmq);' },
    { moments: ['between'] },
  ),
  ...scripts(
    'frozen',
    { 'the queue is sealed': 'window._kmq = window._kmq || []; Object.seal(_kmq);' },
    { moments: ['between'] },
  ),
];
