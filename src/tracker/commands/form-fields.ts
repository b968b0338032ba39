import { setting } from '../page/globals.js';

type Field = HTMLInputElement & Pick<HTMLSelectElement, 'selectedOptions'>;

/**
 * Fields that must never leave the browser, by their name (without `_`, `-` and brackets), by its `autocomplete`, by its type
 * (docs/reference.md#5.8, and today's forms). The value of a file field is a path that the browser has made up.
 */
const SENSITIVE =
  /pass|pwd|pin\b|billing|card|\bcc|ccnum|exp|sec(code|ur|ret|num)|cv[cvn]|ssn|soc(ial)?s|csc|iban|routing|account|taxid|otp|one.?time|token|csrf|,file$/i;

/** A card's number, whatever its field is called, or among what is chosen: 13 to 19 digits (ISO/IEC 7812). */
const CARD_NUMBER = /(^|,)[^\w,]*(\d\W*){13,19}(,|$)/;

const IDENTITY = /userid|login|username|email/i;

/**
 * The fields of a form that may be sent, by the rules of the reference (docs/reference.md#5.8), and the first value that
 * looks like an identity.
 */
export function formFields(form: EventTarget): [fields: Record<string, unknown>, identity: string] {
  // Without a prototype: a field may be named `constructor[]`.
  const fields = { __proto__: null } as unknown as Record<string, unknown>;
  let identity = '';
  // By the prototype: a field named `elements` hides the form's own member.
  const all = Reflect.get(HTMLFormElement.prototype, 'elements', form) as unknown as Iterable<Field>;
  for (const field of setting('KM_SKIP_FORM_FIELDS') ? [] : all) {
    const { name = '', type, classList, selectedOptions: chosen } = field;
    const plain = name.replace(/[[\]_-]/g, '');
    const isIdentity = IDENTITY.test(plain);
    // A chosen option without a value is its text.
    const values = chosen ? [...chosen].map((option) => option.value || option.text) : [String(field.value ?? '')];
    const value = String(values);
    const isTaken =
      (/radio|checkbox/.test(type) && field.checked) || /^(text$|select)/.test(type) || (isIdentity && type == 'email');
    if (
      (!classList.contains('km_include') && (!isTaken || classList.contains('km_ignore'))) ||
      CARD_NUMBER.test(value) ||
      SENSITIVE.test([plain, name, field.getAttribute('autocomplete'), type].join())
    )
      continue;
    const list = name.replace(/\[\]$/, '');
    // A list is joined when it is encoded.
    if (list != name || values[1] != undefined)
      fields[list] = values
        .map((text) => text.replace(/,/g, ' '))
        .concat((fields[list] ?? []) as string[])
        .sort();
    else if (name) fields[name.replace(/\[(.*?)\]/, '_$1')] = value;
    if (isIdentity) identity ||= value.trim();
  }
  return [fields, identity];
}
