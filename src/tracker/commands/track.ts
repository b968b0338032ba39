import { NAMED_COOKIE } from '../../protocol/cookies.js';
import { onElement } from '../clicks.js';
import { setting } from '../page/globals.js';
import { recall } from '../page/storage.js';
import { formFields } from './form-fields.js';
import { identify } from './identify.js';
import { asProperties } from './properties.js';
import { record } from './record.js';

/**
 * `trackClick(target, name, properties?)`: an event for each click on an element (reference section 5.7).
 * Targets: an element, `.class`, an id with or without `#`, a CSS selector.
 */
export function trackClick(target: unknown, name: unknown, properties?: unknown): void {
  onElement('click', isTarget(target), () => record(name, properties));
}

/** `trackSubmit(target, name, properties?)`: an event for each submit of a form, with its fields (section 5.8). */
export function trackSubmit(target: unknown, name: unknown, properties?: unknown): void {
  onElement('submit', isTarget(target), (form) => {
    const [fields, identity] = formFields(form as HTMLFormElement);
    // First, so that the alias comes before the event.
    if (identity && setting('KM_FORM_IDENTITY') && !recall(NAMED_COOKIE)) identify(identity);
    record(name, { ...fields, ...asProperties(properties) });
  });
}

function isTarget(target: unknown) {
  const text = String(target);
  return (element: Element): boolean =>
    element == target ||
    // A form may hold a field that is called id.
    element.getAttribute('id') == text.replace(/^#/, '') ||
    // One word is an id and no element's name: `form` is what pages call their form. `:is` forgives what is no selector.
    (/[^\w-]/.test(text) && element.matches(`:is(${text})`));
}
