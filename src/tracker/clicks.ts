import { guard } from './guard.js';

type Listener = [type: string, matches: (element: Element) => unknown, run: (element: Element) => void];

const listeners: Listener[] = [];

/**
 * Runs something on each click on an element, or each submit of a form, that matches: by mouse, keyboard or
 * touch, whether the element is there yet or comes later, those in open shadow roots included. One listener
 * for all of them, and what the click does is the browser's business: nothing is delayed or prevented.
 */
export function onElement(...listener: Listener): void {
  // Capturing, so that a page which stops its events does not stop these. Added again, a listener stays one.
  for (const type of ['click', 'auxclick', 'submit', 'focusin']) document.addEventListener(type, handle, true);
  listeners.push(listener);
}

function handle(event: Event): void {
  const path = event.composedPath() as Element[];
  // A submit does not leave its shadow root, but the focus or the click before it does: listened to from then on.
  for (const node of path) if (node instanceof ShadowRoot) node.addEventListener('submit', handle, true);
  // The middle button opens links, too; the right one opens a menu, which is no click.
  const happened = event.type == 'auxclick' && (event as MouseEvent).button == 1 ? 'click' : event.type;
  for (const [type, matches, run] of listeners) {
    guard(() => {
      const element = type == happened && path.find((node) => (node as Partial<Element>).matches && matches(node));
      if (element) run(element);
    });
  }
}
