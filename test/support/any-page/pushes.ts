/** Pushes, by the name of the event that each records; with `set`, the property that it sets. */
type Form = (name: string) => string;

/** Each of these hits arrives, once. */
export const FORMS: Record<string, Form> = {
  record: (name) => `_kmq.push(['record', '${name}']);`,
  'record, with properties': (name) =>
    `_kmq.push(['record', '${name}', { list: [1, 'two'], when: new Date(15e11), none: null }]);`,
  'record, frozen': (name) =>
    `_kmq.push(Object.freeze(['record', '${name}', Object.freeze({ list: Object.freeze([1, 'two']) })]));`,
  'record, with a callback': (name) =>
    `_kmq.push(['record', '${name}', {}, function () { anyPage.called('${name}'); }]);`,
  'record, a callback for properties': (name) =>
    `_kmq.push(['record', '${name}', function () { anyPage.called('${name}'); }]);`,
  'record, with arguments instead of an array': (name) => `_kmq.push('record', '${name}');`,
  'record, with arguments and properties': (name) => `_kmq.push('record', '${name}', { list: [1, 'two'] });`,
  'a function that records': (name) => `_kmq.push(function () { KM.record('${name}'); });`,
  'a function that pushes': (name) => `_kmq.push(function () { _kmq.push(['record', '${name}']); });`,
  'two at once': (name) => `_kmq.push(['set', { list: [1, 'two'] }], ['record', '${name}']);`,
  set: (name) => `_kmq.push(['set', { '${name}': 1 }]);`,
  trackClick: (name) => `_kmq.push(['trackClick', '#any-button', '${name}']);`,
};

/** None of these pushes makes an event that the test looks for. `identify` and `alias` add no person to those that it expects. */
export const BESIDE: Record<string, string> = {
  identify: "_kmq.push(['identify', 'ada']);",
  alias: "_kmq.push(['alias', 'ada', 'countess']);",
  'a test': "_kmq.push(['ab', 'Colour', ['red', 'blue']]);",
  'an unknown command': "_kmq.push(['nothing', 'of', 'this']);",
  'identify with an object': "_kmq.push(['identify', {}]);",
  'alias with an object': "_kmq.push(['alias', {}, {}]);",
  'a broken selector': "_kmq.push(['trackClick', '<<<', 'X']);",
  'a function that throws': "_kmq.push(function () { throw Error('of the page'); });",
  'nothing at all': '_kmq.push(null, undefined, 0, {}, [], [[]]);',
  'a proxy that throws': "_kmq.push(new Proxy([], { get: function () { throw Error('of the page'); } }));",
  'a proxy that is over': '(function (made) { made.revoke(); _kmq.push(made.proxy); })(Proxy.revocable([], {}));',
  'properties that throw': "_kmq.push(['record', 'X', { get x() { throw Error('of the page'); } }]);",
  'a name that is an object without a text': "_kmq.push(['record', { toString: null, valueOf: null }, {}]);",
};

/** The properties that arrive with the event, by the form of the push. With other forms none arrive. */
export const PROPERTIES: Record<string, Record<string, string>> = {
  'record, with properties': { list: '1,two', when: '2017-07-14T02:40:00.000Z', none: '' },
  'record, frozen': { list: '1,two' },
  'record, with arguments and properties': { list: '1,two' },
};
