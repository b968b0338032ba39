import { report } from './console.js';
import { guard } from './guard.js';

/** What is run for an event; told the node that is the target, and the innermost node that the event came from. */
type Run = (node: EventTarget, origin: EventTarget) => void;

/**
 * By type and name. A page may register a target again, because its inline scripts run again (Turbo, htmx): the new properties
 * replace the old ones.
 */
type Runs = Map<string, Run>;

const ofNodes = new WeakMap<object, Runs>();
const ofSelectors = new Map<string, Runs>();

/**
 * What has run for an event, which several listeners see; and for the click that the browser makes on the control of a label,
 * by that control.
 */
const doneFor = new WeakMap<Event | EventTarget, Set<Run>>();

/**
 * Runs something on each click on a target, or each submit of a form: by mouse, keyboard or touch, whether the
 * element is there yet or comes later, those in open shadow roots included. The default action of the
 * browser is neither delayed nor prevented.
 * @param target a node, or text (an id with or without `#`, a class, a selector), or a list of these. A target that
 *   can never be found is reported now, since nothing would report it later
 */
export function onElement(type: 'click' | 'submit', target: unknown, name: unknown, run: Run): void {
  if (!name) report('no event name for', target);
  listen(window);
  register(target, type + String(name), run);
}

function register(target: unknown, what: string, run: Run): void {
  const add = <Key>(registry: { get(key: Key): Runs | undefined; set(key: Key, runs: Runs): unknown }, key: Key) =>
    registry.set(key, (registry.get(key) || (new Map() as Runs)).set(what, run));
  if (Object(target) !== target) {
    const text = String(target ?? '');
    const [, kind] = /^([#.]?)[\w-]+$/.exec(text) || [];
    // As it is written, whether or not that is CSS: `#123`, `form:submit`, `.md:flex`. Not by JSON, which pages replace;
    // a line break that is not escaped would break all others.
    const own = `[${text[0] == '.' ? 'class~' : 'id'}="${text.replace(/^[#.]/, '').replace(/["\\\s]/g, '\\$&')}"]`;
    add(ofSelectors, own);
    if (!kind && isSelector(text)) add(ofSelectors, text);
    else if (kind == undefined && !find(own)) report('no target', target);
  } else if ('addEventListener' in (target as object)) {
    // Before lists: forms and selects are lists of their fields and options, too.
    add(ofNodes, target as object);
    // An element may be where no event reaches the window from: in a frame, in a closed shadow root.
    listen(target as EventTarget);
  } else {
    // By length as well: an old jQuery set cannot be iterated.
    const list = Array.from(target as ArrayLike<unknown>);
    for (const one of list) register(one, what, run);
    if (!list.length) report('no target', target);
  }
}

/** Tried with another selector behind it: one with an open bracket, `a:not(b`, would make the joined selectors useless. */
function isSelector(text: string): boolean {
  try {
    return new Image().matches(text + ',*');
  } catch {
    return false;
  }
}

// By the prototypes, here and below: a field of a form hides the form's own member of the same name, whatever the name
// is, and an image in front of the document's.
const find = (selector: string): Element | null => Document.prototype.querySelector.call(document, selector);

/** Capturing, so that a page which stops its events does not stop these. Added again, a listener stays one. */
function listen(node: EventTarget): void {
  for (const type of ['click', 'auxclick', 'submit', 'focusin'])
    EventTarget.prototype.addEventListener.call(node, type, handle, true);
}

function handle(event: Event): void {
  guard(() => {
    const path = event.composedPath() as Element[];
    const origin = path[0]!;
    // The middle button opens links as well; the right one opens a menu, which does not count as a click.
    const type = (event as MouseEvent).button == 1 ? 'click' : event.type;
    const done = doneFor.get(event) || doneFor.get(origin) || new Set();
    doneFor.set(event, done);
    const all = [...ofSelectors.keys()].join();
    for (const node of path) {
      // A submit event does not leave its shadow root, but the focus or click before it does.
      if (node.nodeType == 11) listen(node);
      const control = node instanceof HTMLLabelElement && node.control;
      if (control) {
        // That click follows at once: a later one is the visitor's.
        doneFor.set(control, done);
        setTimeout(() => doneFor.delete(control));
      }
      const fits = (selector: string) => HTMLElement.prototype.matches.call(node, selector);
      const start = (runs?: Runs) =>
        runs?.forEach((run, what) => {
          if (!what.startsWith(type) || done.has(run)) return;
          done.add(run);
          guard(() => run(node, origin));
        });
      start(ofNodes.get(node));
      // Prototype.js 1.6.0 replaces Element. All selectors are tried together first, and one by one only if one of them matches.
      if (!all || !(node instanceof Object.getPrototypeOf(HTMLElement)) || !fits(all)) continue;
      for (const [selector, runs] of ofSelectors)
        // A word is an id first, as in the original: `form` is what pages call their form.
        if (fits(selector) && !(/^[\w-]+$/.test(selector) && find('#' + selector))) start(runs);
    }
  });
}
