import { code } from './code.js';
import { h } from '../elements.js';
import { hitRow, refusedRow } from '../live-row.js';
import { dateAndTime } from '../time.js';
import { COLLECTOR, currentKey } from '../site.js';
import { faultsOf, trackingUrl, type Kind, type Place, type Typed } from './tracking-url.js';
import { tryHit } from './try-hit.js';

const KINDS: [kind: Kind, label: string, hint: string][] = [
  ['record', 'Record', 'An event of a person, with properties if you like.'],
  ['set', 'Set', 'Properties of a person, without an event.'],
  ['alias', 'Alias', 'Two identities become one person. That cannot be taken back.'],
];

const TIME_HINT = 'When it happened, in Unix seconds. Empty: the moment in which it arrives.';

/** Characters; what every client and proxy that anybody has measured passes on (https://stackoverflow.com/q/417142). */
const LONG_ADDRESS = 2000;

const LONG = `some mail programs and proxies pass on no more than ${LONG_ADDRESS.toLocaleString()}.`;

const now = (): number => Math.floor(Date.now() / 1000);

/** The form that builds the address of a hit, for places where no script runs: mails, links, other programs. */
export function urlBuilder(): HTMLElement {
  const key = field('key', 'Key', 'The site.', { required: true, value: currentKey() });
  const identity = field('identity', 'Identity', 'Who it is: any id, such as a customer’s number or address.', {
    required: true,
  });
  const event = field('event', 'Event name', 'What happened, such as Opened Mail.', { required: true });
  const other = field('other', 'Other identity', 'The one that is the same person.', { required: true });
  const time = field('time', 'Time in seconds (optional)', TIME_HINT, { inputmode: 'numeric' });
  const fields = { key, identity, event, other, time };

  const kindHint = h('p', { class: 'hint', id: 'builder-kind-hint' });
  const kinds = h(
    'fieldset',
    { class: 'kinds', 'aria-describedby': kindHint.id },
    h('legend', {}, 'What it does'),
    h('div', { class: 'choices' }, ...KINDS.map(([kind, label]) => choice(kind, label))),
    kindHint,
  );

  const rows = h('div', { class: 'property-rows' });
  const another = h('button', { type: 'button' }, 'Add another');
  const properties = h('fieldset', {}, h('legend', {}, 'Properties'), rows, another);
  const result = h('div', { class: 'built' });
  const status = h('p', { class: 'hint', role: 'status' });
  const form = h(
    'form',
    { class: 'builder', novalidate: true, autocomplete: 'off' },
    kinds,
    h('div', { class: 'fields' }, ...[key, identity, event, other, time].map(({ element }) => element)),
    properties,
    h('p', { class: 'actions' }, h('button', { class: 'primary' }, 'Generate URL')),
    status,
    result,
  );

  /** In the order in which they stand there. */
  let propertyRows: PropertyRow[] = [];

  function addRow(): PropertyRow {
    const row = propertyRow(() => {
      propertyRows = propertyRows.filter((other) => other !== row);
      row.element.remove();
      if (!propertyRows.length) addRow();
      numberRows();
      another.focus();
      forget();
    });
    propertyRows.push(row);
    rows.append(row.element);
    numberRows();
    return row;
  }

  /** What is only heard is told apart by its number. */
  function numberRows(): void {
    for (const [index, { element }] of propertyRows.entries())
      element.setAttribute('aria-label', `Property ${index + 1}`);
  }

  const typed = (): Typed => ({
    kind: new FormData(form).get('kind') as Kind,
    key: key.input.value,
    identity: identity.input.value,
    event: event.input.value,
    other: other.input.value,
    time: time.input.value,
    properties: propertyRows.map(({ name, value }) => [name.input.value, value.input.value]),
  });

  const at = (place: Place): Field => {
    const [what, row] = place.split(' ') as ['name' | 'value', string] | [keyof typeof fields];
    return row === undefined
      ? fields[what as keyof typeof fields]
      : propertyRows[Number(row)]![what as 'name' | 'value'];
  };

  /** An address that is not what stands in the form is worse than none. */
  function forget(): void {
    result.replaceChildren();
    status.textContent = '';
  }

  function showKind(): void {
    const { kind } = typed();
    kindHint.textContent = KINDS.find(([of]) => of === kind)![2];
    event.element.hidden = kind !== 'record';
    other.element.hidden = kind !== 'alias';
    properties.hidden = kind === 'alias';
  }

  function generate(): void {
    const given = typed();
    const faults = faultsOf(given, now());
    for (const one of [...Object.values(fields), ...propertyRows.flatMap(({ name, value }) => [name, value])])
      one.show('');
    for (const [place, sentence] of faults) at(place).show(sentence);
    forget();
    const [first] = faults.keys();
    if (first !== undefined) return at(first).input.focus();
    const url = trackingUrl(COLLECTOR, given);
    result.replaceChildren(code(url), trial(url, given.key));
    const long = url.length > LONG_ADDRESS ? ` It has ${url.length.toLocaleString()} characters: ${LONG}` : '';
    status.textContent = `This address is the hit: whoever asks for it, sends it.${long}`;
  }

  another.addEventListener('click', () => addRow().name.input.focus());
  form.addEventListener('input', () => {
    showKind();
    const seconds = time.input.value.trim();
    const isTime = /^\d{1,11}$/.test(seconds);
    time.hint(isTime ? dateAndTime(Number(seconds)) : TIME_HINT);
    forget();
  });
  form.addEventListener('submit', (submit) => {
    submit.preventDefault();
    generate();
  });
  addRow();
  showKind();
  return form;
}

interface Field {
  element: HTMLElement;
  input: HTMLInputElement;
  /** Says what is wrong with it; nothing, when the text is empty. */
  show(fault: string): void;
  hint(text: string): void;
}

interface PropertyRow {
  element: HTMLElement;
  name: Field;
  value: Field;
}

let rowsMade = 0;

function propertyRow(remove: () => void): PropertyRow {
  const number = ++rowsMade;
  const name = field(`name-${number}`, 'Name', '');
  const value = field(`value-${number}`, 'Value', '');
  const button = h('button', { type: 'button' }, 'Remove');
  button.addEventListener('click', remove);
  const element = h('div', { class: 'property-row', role: 'group' }, name.element, value.element, button);
  return { element, name, value };
}

function field(name: string, label: string, hint: string, attributes: Parameters<typeof h>[1] = {}): Field {
  const id = `builder-${name}`;
  const fault = h('p', { class: 'field-fault', id: `${id}-fault`, hidden: true });
  const said = h('p', { class: 'hint', id: `${id}-hint`, hidden: !hint }, hint);
  const input = h('input', { ...attributes, id, spellcheck: 'false', 'aria-describedby': `${fault.id} ${said.id}` });
  const show = (sentence: string): void => {
    fault.textContent = sentence;
    fault.hidden = !sentence;
    if (sentence) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
  };
  input.addEventListener('input', () => show(''));
  const element = h('div', { class: 'field' }, h('label', { for: id }, label), input, fault, said);
  return { element, input, show, hint: (text) => (said.textContent = text) };
}

function choice(kind: Kind, label: string): HTMLElement {
  const input = h('input', { type: 'radio', name: 'kind', value: kind, checked: kind === 'record' });
  return h('label', {}, input, h('span', {}, label));
}

/** The button that sends a hit, and what has become of it. */
function trial(url: string, key: string): HTMLElement {
  const button = h('button', { type: 'button' }, 'Try it');
  const said = h('span', { class: 'hint', role: 'status' }, 'Sends it now, and it counts like any other.');
  const shown = h('ol', { class: 'rows' });
  button.addEventListener('click', () => {
    if (button.hasAttribute('aria-disabled')) return;
    // Not `disabled`, which takes the focus away from whoever has pressed it.
    button.setAttribute('aria-disabled', 'true');
    said.textContent = 'Sending…';
    shown.replaceChildren();
    void tryHit(url, key, () => (said.textContent = 'Acknowledged. Waiting for it in Live…')).then((outcome) => {
      button.removeAttribute('aria-disabled');
      if ('hit' in outcome) {
        said.textContent = 'It has arrived:';
        shown.replaceChildren(hitRow(outcome.hit).element);
      } else if ('refusal' in outcome) {
        said.textContent = 'It has arrived, and was refused:';
        shown.replaceChildren(refusedRow(outcome.refusal).element);
      } else said.textContent = outcome.sentence;
    });
  });
  return h('div', {}, h('p', { class: 'try' }, button, said), shown);
}
