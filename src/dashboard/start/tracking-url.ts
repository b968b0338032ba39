import { encodeHit } from '../../protocol/encode.js';
import { isFieldName } from '../../protocol/fields.js';
import { EARLIEST_TIME, NAME_CHARACTERS, SECONDS_AHEAD, VALUE_BYTES } from '../../protocol/limits.js';
import { DATED, KEY, NAME, PERSON, TIME, type Path } from '../../protocol/parameters.js';
import { foldName, isLongName, isLongValue, plainName } from '../../protocol/text.js';

export type Kind = 'record' | 'set' | 'alias';

/** The texts of the form, as they were typed. */
export interface Typed {
  kind: Kind;
  key: string;
  identity: string;
  /** For `record`. */
  event: string;
  /** For `alias`: the other identity. */
  other: string;
  /** For `record` and `set`. Empty rows are ignored. */
  properties: [name: string, value: string][];
  /** Unix seconds; empty for the moment of arrival. */
  time: string;
}

/** The place of a fault: a field, or the name or value of a property by its index. */
export type Place = 'key' | 'identity' | 'event' | 'other' | 'time' | `name ${number}` | `value ${number}`;

export type Faults = Map<Place, string>;

const PATHS: Record<Kind, Path> = { record: '/e', set: '/s', alias: '/a' };

/**
 * The faults, in the order of the form: texts that the collector would refuse, or read in another way than
 * is meant, as far as the page can tell. It does not know the placeholders of the site.
 * @param now Unix seconds
 */
export function faultsOf(typed: Typed, now: number): Faults {
  const { kind, key, identity, event, other, time } = typed;
  const faults: Faults = new Map();
  const demand = (place: Place, text: string, missing: string): void => {
    if (text.trim() === '') faults.set(place, missing);
    else if (isLongName(text)) faults.set(place, `At most ${NAME_CHARACTERS} characters.`);
    // An address would contain U+FFFD instead, and different identities would become the same.
    else if (/\p{Surrogate}/u.test(text)) faults.set(place, 'The text contains half of a character. Type it again.');
  };
  demand('key', key, 'Give the key of the site.');
  demand('identity', identity, 'Give an identity of the person.');
  if (kind === 'record') demand('event', event, 'Give the event a name.');
  if (kind === 'alias') {
    demand('other', other, 'Give the other identity.');
    if (other.trim() !== '' && other === identity) faults.set('other', 'This is the same identity.');
  }
  const timeFault = faultOfTime(time.trim(), now);
  if (timeFault) faults.set('time', timeFault);
  if (kind !== 'alias') propertyFaults(typed, faults);
  return faults;
}

/**
 * The address of the hit.
 * @param collector its address
 * @param typed without faults
 */
export function trackingUrl(collector: string, typed: Typed): string {
  const { kind, key, identity, event, other, time } = typed;
  const name = { record: event, set: undefined, alias: other }[kind];
  const fields: Record<string, unknown> = { [KEY]: key, [PERSON]: identity };
  if (name !== undefined) fields[NAME] = name;
  if (time.trim() !== '') Object.assign(fields, { [TIME]: time.trim(), [DATED]: 1 });
  const properties = kind === 'alias' ? [] : typed.properties.filter(([name]) => name !== '');
  return collector + encodeHit(PATHS[kind], { ...fields, ...Object.fromEntries(properties) });
}

function propertyFaults({ kind, properties }: Typed, faults: Faults): void {
  const before = new Set<string>();
  for (const [row, [name, value]] of properties.entries()) {
    if (name === '' && value === '') continue;
    const folded = foldName(plainName(name));
    if (name.trim() === '') faults.set(`name ${row}`, 'Give this value a name, or remove it.');
    else if (isFieldName(name))
      faults.set(`name ${row}`, `${name} is the name of a field of the hit. Choose another name.`);
    else if (isLongName(name)) faults.set(`name ${row}`, `At most ${NAME_CHARACTERS} characters.`);
    else if (before.has(folded))
      faults.set(`name ${row}`, 'This name is already used above; upper and lower case are the same.');
    else if (value === '') faults.set(`value ${row}`, 'Give this name a value, or remove it.');
    else if (isLongValue(value)) faults.set(`value ${row}`, `At most ${VALUE_BYTES} bytes of UTF-8.`);
    before.add(folded);
  }
  if (kind === 'set' && !properties.some(([name, value]) => name || value))
    faults.set('name 0', 'Give at least one property: there is nothing to set.');
}

function faultOfTime(time: string, now: number): string | undefined {
  if (time === '') return undefined;
  if (!/^\d+$/.test(time)) return 'Give a whole number of seconds, or nothing.';
  if (Number(time) < EARLIEST_TIME) return 'Nothing from before 2009 is stored.';
  if (Number(time) > now + SECONDS_AHEAD)
    return 'This is more than a day ahead. Is it in milliseconds? Seconds have ten digits.';
  return undefined;
}
