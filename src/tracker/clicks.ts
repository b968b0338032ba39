import { report } from './console.js';
import { guard } from './guard.js';
import { register, registeredFor, type Run } from './targets.js';

/**
 * The nodes that an event, which several listeners see, has passed, and what has run for it. A click on a label is
 * here by its control as well: the browser makes a second click of it, on the control.
 */
const doneFor = new WeakMap<Event | EventTarget, Set<EventTarget | Run>>();

/**
 * Runs something on each click on a target, or each submit of a form: by mouse, keyboard or touch, whether the
 * element is there yet or comes later, those in open shadow roots included. Registered again, under the same
 * name, the newest counts. What the click does is the browser's business: nothing is delayed or prevented.
 */
export function onElement(type: 'click' | 'submit', target: unknown, name: unknown, run: Run): void {
  if (!name) report('no event for', target);
  listen(document);
  // What is given as a node may be where no event reaches the document from: in a frame, in a closed shadow root.
  register(target, type + String(name), run, listen);
}

/** Capturing, so that a page which stops its events does not stop these. Added again, a listener stays one. */
function listen(node: EventTarget): void {
  // By the prototype: a form may have a field of this name.
  for (const type of ['click', 'auxclick', 'submit', 'focusin'])
    EventTarget.prototype.addEventListener.call(node, type, handle, true);
}

function handle(event: Event): void {
  guard(() => {
    const path = event.composedPath();
    // A submit does not leave its shadow root, but the focus or the click before it does: listened to from then on.
    for (const node of path) if (node instanceof ShadowRoot) listen(node);
    // The middle button opens links, too; the right one opens a menu, which is no click.
    const type = event.type == 'auxclick' && (event as MouseEvent).button == 1 ? 'click' : event.type;
    if (!/^(click|submit)/.test(type)) return;
    const origin = path[0]!;
    const done = doneFor.get(event) || doneFor.get(origin) || new Set();
    doneFor.set(event, done);
    doneFor.delete(origin);
    const control = path.find((node) => node instanceof HTMLLabelElement)?.control;
    if (control && control != origin) {
      doneFor.set(control, done);
      // The browser's click follows at once: a later one is the visitor's, or the page's.
      setTimeout(() => doneFor.delete(control));
    }
    for (const node of path) {
      if (done.has(node)) continue;
      done.add(node);
      for (const [what, run] of registeredFor(node)) {
        if (!what.startsWith(type) || done.has(run)) continue;
        done.add(run);
        guard(() => run(node, origin));
      }
    }
  });
}
