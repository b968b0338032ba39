import { NAMED_COOKIE } from '../../protocol/cookies.js';
import { onElement } from '../clicks.js';
import { guard } from '../guard.js';
import { setting } from '../page/globals.js';
import { recall } from '../page/storage.js';
import { formFields } from './form-fields.js';
import { identify } from './identify.js';
import { asProperties } from './properties.js';
import { record } from './record.js';

/** `trackClick(target, name, properties?)`: an event for each click on a target (docs/reference.md#5.7). */
export function trackClick(target: unknown, name: unknown, properties?: unknown): void {
  onElement('click', target, name, () => record(name, properties));
}

/** `trackSubmit(target, name, properties?)`: an event for each submit of a form, with its fields (docs/reference.md#5.8). */
export function trackSubmit(target: unknown, name: unknown, properties?: unknown): void {
  onElement('submit', target, name, (_, form) => {
    // An error in reading the form does not stop the event.
    const [fields, identity] = (guard(() => formFields(form)) || []) as Partial<ReturnType<typeof formFields>>;
    // Before the event, so that the event already has the name.
    if (identity && setting('KM_FORM_IDENTITY') && !recall(NAMED_COOKIE)) identify(identity);
    record(name, { ...fields, ...asProperties(properties) });
  });
}
