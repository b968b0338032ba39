import { passwords } from '../clicks.js';
import { setting } from '../page/globals.js';

type Field = HTMLInputElement & Pick<HTMLSelectElement, 'selectedOptions'>;

/**
 * Fields that are never sent, by their name (with and without `_`, `-` and brackets), their `autocomplete` or their type
 * (docs/reference.md#5.8, and what today's forms contain). Type `file` is among them: its value is a path that the browser invents.
 */
const SENSITIVE =
  /pass|pw|pin(code|con|num|[^a-z])|billing|card|[^a-z]cc|ccnum|exp|sec(code|ur|ret|num)|cv[cvn]|ssn|soc(ial)?s|csc|iban|routing|account|taxid|otp|one.?time|token|csrf|,file$/i;

/** A card number of 13 to 19 digits (ISO/IEC 7812), as a value or as one of a list. The field may have any name. */
const CARD_NUMBER = /(^|,)[^\w,]*(\d\W*){13,19}(,|$)/;

const IDENTITY = /userid|login|username|email/i;

/**
 * The fields of a form that may be sent (docs/reference.md#5.8), and the first value of a field that is named like an identity,
 * such as `email`; empty if there is none.
 */
export function formFields(form: EventTarget): [fields: Record<string, unknown>, identity: string] {
  // Without a prototype: a field may be named `constructor[]`.
  const fields = { __proto__: null } as unknown as Record<string, unknown>;
  let identity = '';
  // Read through the prototype: a field named `elements` hides the form's own member.
  const all = Reflect.get(HTMLFormElement.prototype, 'elements', form) as unknown as Iterable<Field>;
  for (const field of setting('KM_SKIP_FORM_FIELDS') ? [] : all) {
    const { name = '', type, classList, selectedOptions: chosen } = field;
    const plain = name.replace(/[[\]_-]/g, '');
    const isIdentity = IDENTITY.test(plain);
    // If an option has no value, its text is sent.
    const values = chosen ? [...chosen].map((option) => option.value || option.text) : [String(field.value ?? '')];
    const value = String(values);
    const isBox = /radio|checkbox/.test(type);
    const isTaken = (isBox && field.checked) || /^(text$|select)/.test(type) || (isIdentity && type == 'email');
    const list = name.replace(/\[\]$/, '');
    if (
      !list ||
      (!classList.contains('km_include') && (!isTaken || classList.contains('km_ignore'))) ||
      passwords.has(name) ||
      CARD_NUMBER.test(value) ||
      SENSITIVE.test([plain, name, field.getAttribute('autocomplete'), type].join())
    )
      continue;
    // A list is joined when it is encoded.
    if (list != name || values[1] != undefined)
      fields[list] = values
        .map((text) => text.replace(/,/g, ' '))
        .concat((fields[list] ?? []) as string[])
        .sort();
    else fields[name.replace(/\[(.*?)\]/, '_$1')] = value;
    // What is chosen from a few values is the same for many visitors, and an alias would make them one person for good.
    if (isIdentity && !isBox && !chosen) identity ||= value.trim();
  }
  return [fields, identity];
}
