/* Scripts that run in the pages themselves. */

/** Runs before all scripts of a page. It keeps the functions that `anyPage` needs, so that the page cannot replace them. */
export const REMEMBER = `(() => {
  const { ownKeys, getOwnPropertyDescriptor, apply, defineProperty } = Reflect;
  const { is } = Object;
  const { getElementById } = Document.prototype;
  const { click } = HTMLElement.prototype;
  const called = { __proto__: null };
  const objects = {
    __proto__: null,
    'Object.prototype': Object.prototype, 'Array.prototype': Array.prototype, 'Function.prototype': Function.prototype,
    'String.prototype': String.prototype, 'Promise.prototype': Promise.prototype, 'Date.prototype': Date.prototype,
    'RegExp.prototype': RegExp.prototype, 'History.prototype': History.prototype, 'Element.prototype': Element.prototype,
    'Document.prototype': Document.prototype, 'Storage.prototype': Storage.prototype, 'EventTarget.prototype': EventTarget.prototype,
    Object, Array, JSON, Math, Date, Promise, console, history, document, navigator, performance, window,
  };
  // Members by object, each with its value, or with its getter and setter.
  let before;
  function look() {
    const all = { __proto__: null };
    for (const name in objects) {
      const members = all[name] = { __proto__: null };
      const keys = ownKeys(objects[name]);
      for (let n = 0; n < keys.length; n++) {
        const key = keys[n];
        const found = getOwnPropertyDescriptor(objects[name], key);
        members[key] = found && ('value' in found && !found.get ? found.value : found.get);
      }
    }
    return all;
  }
  const api = {
    __proto__: null,
    called(name) { called[name] = (called[name] || 0) + 1; },
    calls() { let text = ''; for (const name in called) text += name + '\\t' + called[name] + '\\n'; return text; },
    click() { apply(click, apply(getElementById, document, ['any-button']), []); },
    remember() { before = look(); },
    /** Names of the members that were added, removed or replaced after the call of remember. */
    changed() {
      const now = look();
      let text = '';
      for (const name in before) {
        const keys = ownKeys({ __proto__: null, ...before[name], ...now[name] });
        for (let n = 0; n < keys.length; n++) {
          if (!is(before[name][keys[n]], now[name][keys[n]])) text += name + '.' + (typeof keys[n] == 'symbol' ? 'symbol' : keys[n]) + '\\n';
        }
      }
      return text;
    },
  };
  defineProperty(window, 'anyPage', { __proto__: null, value: api });
})();`;

/** The tracker is running: its queue is empty, and accepts commands. */
export const STARTED = `(() => { try {
  const queue = window._kmq;
  return !!KM && typeof KM.record == 'function' && queue.length === 0 && Reflect.getOwnPropertyDescriptor(queue, 'push') !== undefined;
} catch { return false; } })()`;
