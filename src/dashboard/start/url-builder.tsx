import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { now } from '../clock.js';
import { useKept } from '../components/kept-place.js';
import { number } from '../format.js';
import { typedText } from '../pasted.js';
import { COLLECTOR, currentKey } from '../site.js';
import { dateAndTime } from '../time.js';
import { Code } from './code.js';
import { Field } from './field.js';
import { FIRST_ROWS, PropertyRows, type PropertyRow } from './property-rows.js';
import { faultsOf, trackingUrl, type Kind, type Place, type Typed } from './tracking-url.js';
import { Trial } from './trial.js';

const KINDS: Record<Kind, [label: string, hint: string]> = {
  record: ['Record', 'An event of a person, with properties if you like.'],
  set: ['Set', 'Properties of a person, without an event.'],
  alias: ['Alias', 'Two identities become one person. This cannot be undone.'],
};

const TIME_HINT = 'When this happened, in Unix seconds. If empty, the time of arrival is used.';

/** The most characters of an address that all known clients and proxies support (https://stackoverflow.com/q/417142). */
const LONG_ADDRESS = 2000;

type Texts = Pick<Typed, 'key' | 'identity' | 'event' | 'other' | 'time'>;

interface Built {
  url: string;
  site: string;
}

/** A form that makes the address of a hit, for places without a tracker, such as other programs. */
export function UrlBuilder(): ComponentChildren {
  const [kind, setKind] = useKept<Kind>('kind', 'record');
  const [texts, setTexts] = useKept<Texts>('texts', {
    key: currentKey(),
    identity: '',
    event: '',
    other: '',
    time: '',
  });
  const [rows, setRows] = useKept<PropertyRow[]>('rows', FIRST_ROWS);
  /** The messages, keyed by field. */
  const [faults, setFaults] = useState<Record<string, string>>({});
  const [built, setBuilt] = useState<Built>();

  /** After a change, removes the field's message, and the address, which does not fit the form any more. */
  const forget = (field?: string): void => {
    setBuilt(undefined);
    if (field !== undefined) setFaults(({ [field]: _, ...rest }) => rest);
  };
  const generate = (): void => {
    const typed: Typed = {
      kind,
      key: typedText(texts.key),
      identity: typedText(texts.identity),
      event: typedText(texts.event),
      other: typedText(texts.other),
      time: typedText(texts.time),
      properties: rows.map(({ name, value }) => [typedText(name), typedText(value)]),
    };
    const fieldAt = (place: Place): string => {
      const [what, row] = place.split(' ') as [string, string | undefined];
      return row === undefined ? what : `${what}-${rows[Number(row)]!.id}`;
    };
    const found = [...faultsOf(typed, now() / 1000)].map(([place, sentence]) => [fieldAt(place), sentence] as const);
    setFaults(Object.fromEntries(found));
    setBuilt(found.length ? undefined : { url: trackingUrl(COLLECTOR, typed), site: typed.key });
    if (found.length) document.getElementById(idOf(found[0]![0]))!.focus();
  };

  const textField = (field: keyof Texts, label: string, hint: string): ComponentChildren => (
    <Field
      id={idOf(field)}
      label={label}
      hint={hint}
      fault={faults[field]}
      value={texts[field]}
      required={field !== 'time'}
      isNumeric={field === 'time'}
      onType={(text) => {
        setTexts({ ...texts, [field]: text });
        forget(field);
      }}
    />
  );
  const seconds = texts.time.trim();
  return (
    <form
      class="builder"
      noValidate
      autocomplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        generate();
      }}
    >
      <fieldset class="kinds" aria-describedby="builder-kind-hint">
        <legend>What the URL does</legend>
        <div class="choices">
          {(Object.keys(KINDS) as Kind[]).map((one) => (
            <label key={one}>
              <input
                type="radio"
                name="kind"
                value={one}
                checked={one === kind}
                onChange={() => {
                  setKind(one);
                  forget();
                }}
              />
              <span>{KINDS[one][0]}</span>
            </label>
          ))}
        </div>
        <p class="hint" id="builder-kind-hint">
          {KINDS[kind][1]}
        </p>
      </fieldset>
      <div class="fields">
        {textField('key', 'Key', 'The site.')}
        {textField(
          'identity',
          'Identity',
          'Who the person is: any id, such as a customer number or an e-mail address.',
        )}
        {kind === 'record' && textField('event', 'Event name', 'What happened, such as Trial Ended.')}
        {kind === 'alias' && textField('other', 'Other identity', 'Another identity of the same person.')}
        {textField(
          'time',
          'Time in seconds (optional)',
          /^\d{1,11}$/.test(seconds) ? dateAndTime(Number(seconds)) : TIME_HINT,
        )}
      </div>
      {kind !== 'alias' && <PropertyRows rows={rows} setRows={setRows} onChange={forget} faults={faults} idOf={idOf} />}
      <p class="actions">
        <button class="primary">Generate URL</button>
      </p>
      {/* Always rendered: a screen reader announces a change only in an element that existed before. */}
      <p class="hint" role="status">
        {built && saidOf(built.url)}
      </p>
      <div class="built">
        {built && (
          <>
            <Code of="the tracking URL">{built.url}</Code>
            <Trial key={built.url} {...built} label="Try it" hint="Sends the hit now. It counts like any other hit." />
          </>
        )}
      </div>
    </form>
  );
}

function idOf(field: string): string {
  return `builder-${field}`;
}

function saidOf({ length }: string): string {
  const said = 'Each request for this URL sends the hit.';
  if (length <= LONG_ADDRESS) return said;
  return `${said} It has ${number(length)} characters: some programs and proxies pass on no more than ${number(LONG_ADDRESS)}.`;
}
