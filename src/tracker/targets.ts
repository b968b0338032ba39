import { report } from './console.js';

/** What is run for an event; told the node that is the target, and the innermost node that the event came from. */
export type Run = (node: EventTarget, origin: EventTarget) => void;

/**
 * By type and name: what a page registers again, as its inline scripts run once more (Turbo, htmx), takes the place
 * of what it registered before, with the properties of today.
 */
type Runs = Map<string, Run>;

// An event is looked up in these for each node of its path: how many others are registered costs it nothing.
const ofNodes = new WeakMap<object, Runs>();
/** By `#id`, `.class`, an element's name, and selectors. */
const ofTexts = new Map<unknown, Runs>();
const selectors: string[] = [];

const runsOf = (key: unknown): Runs | undefined => ofNodes.get(key as object) || ofTexts.get(key);

/**
 * Takes a target: a node, or text (an id with or without `#`, `.class`, a selector), or a list of these. One that
 * can never be found is told of now, since it stays silent later.
 * @param what type and name
 * @param listen called with each node that is a target itself
 */
export function register(target: unknown, what: string, run: Run, listen: (node: EventTarget) => void): void {
  const add = (key: unknown): void => {
    const runs = runsOf(key) || new Map<string, Run>();
    if (Object(key) === key) ofNodes.set(key as object, runs);
    else ofTexts.set(key, runs);
    runs.set(what, run);
  };
  if (Object(target) !== target) {
    const text = String(target ?? '');
    const id = text.replace(/^#/, '');
    // Joined with others, a selector that is left open would swallow them: `a:is(b`.
    const isSelector = !isName(text) && parses(text + ',a') && !parses(text + ')');
    if (isSelector && !ofTexts.has(text)) selectors.push(text);
    // What is no selector may be an id all the same: `form:submit`.
    if (!isSelector && !isName(text) && !elementById(id)) report('no target', target);
    if (id) add(text);
    if (id) add('#' + id);
  } else if ('addEventListener' in (target as object)) {
    // Before lists: forms and selects are lists of their fields and options, too.
    add(target);
    listen(target as EventTarget);
  } else {
    // By length as well: an old jQuery set cannot be iterated.
    const list = Array.from(target as ArrayLike<unknown>);
    for (const one of list) register(one, what, run, listen);
    if (!list.length) report('no target', target);
  }
}

const isName = (text: string): boolean => /^[#.]?[\w-]+$/.test(text);

function parses(selector: string): boolean {
  try {
    new DocumentFragment().querySelector(selector);
    return true;
  } catch {
    return false;
  }
}

// By the prototype: an image of this name stands in front of the document's own.
const elementById = (id: string): Element | null => Document.prototype.getElementById.call(document, id);

/** What is registered for a node: itself, as an id, a class, an element's name, by selectors. */
export function registeredFor(node: EventTarget): [what: string, run: Run][] {
  const keys: unknown[] = [node];
  if (node instanceof Element) {
    // By the prototype: a field of a form stands in front of the form's own, whatever its name is.
    const own = <Name extends keyof Element>(name: Name) => Reflect.get(Element.prototype, name, node) as Element[Name];
    const fits = (selector: string): boolean => own('matches').call(node, selector);
    keys.push('#' + own('id'), ...Array.from(own('classList'), (name) => '.' + name));
    // A word is an id first, as in the original: `form` is what pages call their form. In HTML, `FORM` is one as well.
    keys.push(...[own('localName'), own('tagName')].filter((name) => !elementById(name)));
    // All at once first: one by one only where one of them matches.
    if (selectors[0] && fits(selectors.join())) keys.push(...selectors.filter(fits));
  }
  return keys.flatMap((key) => [...(runsOf(key) || [])]);
}
