import { report } from './console.js';
import { guard } from './guard.js';

/** Called for an event with the target's node, and with the innermost node of the event. */
type Run = (node: EventTarget, origin: EventTarget) => void;

/**
 * The callbacks of one target, by event type and name. A page may register a target again, because its inline scripts run again
 * (Turbo, htmx): then the new callback, with its new properties, replaces the old one.
 */
type Runs = Map<string, Run>;

const ofNodes = new WeakMap<object, Runs>();
const ofSelectors = new Map<string, Runs>();

/**
 * The callbacks that have run for an event, since several listeners see it. After a click on a label the browser clicks the label's
 * control as well: that second click is found by the control.
 */
const doneFor = new WeakMap<Event | EventTarget, Set<Run>>();

/**
 * The names of all fields of the type password that were in the page when a button of the mouse was pressed, or at a click, a
 * focus or a submit. A button that shows a password makes it a field of the type text, or puts such a field in its place. Without
 * this list the password would then be sent, unless its name says in English what it is.
 */
export const passwords = new Set<string>();

/**
 * Runs a callback on each click on a target, or each submit of a form: by mouse, keyboard or touch. Elements that are added to
 * the page later are found as well, and so are those in open shadow roots. The browser's default action is neither
 * delayed nor prevented.
 * @param target a node, or text (an id with or without `#`, a class, a selector), or a list of these. A target that
 *   can never be found is reported now, since nothing would report it later
 */
export function onElement(type: 'click' | 'submit', target: unknown, name: unknown, run: Run): void {
  if (!name) report('no event name for', target);
  listen();
  register(target, type + String(name), run);
}

function register(target: unknown, what: string, run: Run): void {
  const add = <Key>(registry: { get(key: Key): Runs | undefined; set(key: Key, runs: Runs): unknown }, key: Key) =>
    registry.set(key, (registry.get(key) || (new Map() as Runs)).set(what, run));
  if (Object(target) !== target) {
    const text = String(target ?? '');
    const [, kind] = /^([#.]?)[\w-]+$/.exec(text) || [];
    // Ids and classes match literally: `#123`, `form:submit` and `.md:flex` are not valid in CSS, or mean something else. Quotes,
    // backslashes and white space are escaped, since a line break would make all selectors invalid. JSON.stringify is not used for
    // this, since some pages replace it.
    const own = `[${text[0] == '.' ? 'class~' : 'id'}="${text.replace(/^[#.]/, '').replace(/["\\\s]/g, '\\$&')}"]`;
    add(ofSelectors, own);
    // Tested with another selector after it: one with an open bracket, `a:not(b`, is valid alone but not when joined with others.
    if (!kind && fits(new Image(), text + ',*')) add(ofSelectors, text);
    else if (kind == undefined && !all(own)[0]) report('no target', target);
  } else if ('addEventListener' in (target as object)) {
    // Tested before lists: a form is also a list of its fields, a select of its options.
    add(ofNodes, target as object);
    // The element may be in a frame or in a closed shadow root: its events do not reach the window.
    listen(target as EventTarget);
  } else {
    // Array.from also reads objects that have a length and cannot be iterated, such as old jQuery sets.
    const list = Array.from(target as ArrayLike<unknown>);
    for (const one of list) register(one, what, run);
    if (!list.length) report('no target', target);
  }
}

// Methods are called through the prototype, here and below: a form's field hides the form's own member of the same name, and
// an image hides the document's.
const all = (selector: string): NodeListOf<Element> => Document.prototype.querySelectorAll.call(document, selector);

/**
 * Whether a node is an element that a selector matches. There is no other safe test for an element: Prototype.js 1.6.0 replaces
 * `Element`, and an element with the id `localName` or `nodeType` is a member of the window.
 */
function fits(node: EventTarget, selector: string): boolean | undefined {
  try {
    return HTMLElement.prototype.matches.call(node as HTMLElement, selector);
  } catch {
    // A document, a window or a shadow root, or the selector is malformed.
    return undefined;
  }
}

/**
 * In the capture phase, so that a page which stops its events does not stop these. The same listener is never added twice.
 * @param node the default is the window. Its method is not called through the prototype: under Vitest, `window` is Node's own global
 *   object, and `EventTarget` is that of jsdom or happy-dom, which refuses it.
 */
function listen(node?: EventTarget): void {
  const add = node ? EventTarget.prototype.addEventListener.bind(node) : addEventListener;
  for (const type of ['click', 'auxclick', 'submit', 'focusin', 'pointerdown']) add(type, handle, true);
}

function handle(event: Event): void {
  guard(() => {
    const path = event.composedPath() as Element[];
    const origin = path[0]!;
    const fields = [origin, ...all('[type=password]')];
    for (const root of path) {
      if (root.nodeType != 11) continue;
      // A shadow root. A submit event does not leave it. The focus or click before it does, and its path contains the root.
      listen(root);
      fields.push(...root.querySelectorAll('[type=password]'));
    }
    for (const field of fields as HTMLInputElement[]) if (field.type == 'password') passwords.add(field.name);
    // The middle button opens links as well; the right one opens a menu, which does not count as a click.
    const type = event.type.replace((event as MouseEvent).button == 1 ? 'aux' : '', '');
    const done = doneFor.get(event) || doneFor.get(origin) || new Set();
    doneFor.set(event, done);
    const selectors = [...ofSelectors.keys()].join();
    for (const node of path) {
      // By its name: a label of a frame is no instance of this window's class.
      const control = node.localName == 'label' && (node as HTMLLabelElement).control;
      if (control) {
        // The click that the browser makes follows at once. A later click is one of the visitor.
        doneFor.set(control, done);
        setTimeout(() => doneFor.delete(control));
      }
      const start = (runs?: Runs) =>
        runs?.forEach((run, what) => {
          if (!what.startsWith(type) || done.has(run)) return;
          done.add(run);
          guard(() => run(node, origin));
        });
      start(ofNodes.get(node));
      // All selectors are tried together first, and one by one only if one of them matches.
      if (!selectors || !fits(node, selectors)) continue;
      for (const [selector, runs] of ofSelectors)
        // A single word is an id if there is such an element, as in the original: pages give their form the id `form`.
        if (fits(node, selector) && !(/^[\w-]+$/.test(selector) && all('#' + selector)[0])) start(runs);
    }
  });
}
