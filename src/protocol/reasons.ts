import { BATCH_HITS, HIT_ID_CHARACTERS, NAME_CHARACTERS, REQUEST_BYTES, VALUE_BYTES } from './limits.js';

/**
 * What a site's owner is told of a hit: why it was refused, what it was warned of, or which limit its sender has to wait
 * for. Stores keep the code and its details; the sentence is made where it is shown, so that it can be improved without
 * changing what is stored. The table in docs/hits.md is generated from this one.
 */
export interface ReasonRow {
  /**
   * `refused`: not kept as a hit. `warned`: kept, with a warning; some warnings say what was changed. `limited`: the
   * request was answered with 429; the tracker and `kmq/node` send it again, other clients may not.
   */
  outcome: 'refused' | 'warned' | 'limited';
  /** With the details of a reason, in their order, in the place of `{…}`. */
  sentence: string;
  /** What the owner can do about it. */
  advice: string;
}

export const REASONS = {
  'no-key': {
    outcome: 'refused',
    sentence: 'No key: _k is missing or empty.',
    advice: 'Name the site: by the file KEY.js, in _kmk, or in _k of a request of your own.',
  },
  'long-key': {
    outcome: 'refused',
    sentence: `The key is longer than ${NAME_CHARACTERS} characters.`,
    advice: 'Give the site a shorter key.',
  },
  'unknown-key': {
    outcome: 'refused',
    sentence: 'No site here has the key “{key}”.',
    advice: 'Correct the key in the page, or add it to --key.',
  },
  'foreign-origin': {
    outcome: 'refused',
    sentence: 'The site takes no hits from pages of {origin}.',
    advice: 'Where the pages are yours, add their origin to origins in the settings of the site.',
  },
  'no-person': {
    outcome: 'refused',
    sentence: 'No {role}: {parameter} is missing or blank.',
    advice: 'Send an identity; the tracker makes one by itself.',
  },
  'long-identity': {
    outcome: 'refused',
    sentence: `The identity in {parameter} is longer than ${NAME_CHARACTERS} characters.`,
    advice: 'Identify by something shorter. It is not cut: it could become the identity of somebody else.',
  },
  'no-name': {
    outcome: 'refused',
    sentence: 'No name: _n, the name of the event, is missing or blank.',
    advice: 'Give the `record` command a name.',
  },
  'no-properties': {
    outcome: 'refused',
    sentence: 'Nothing to set: the request has no property.',
    advice: 'Give the `set` command a property.',
  },
  'too-old': {
    outcome: 'refused',
    sentence: '_t lies before 2009-01-01, the earliest time that is stored.',
    advice: 'Send _t in seconds since 1970.',
  },
  'long-address': {
    outcome: 'refused',
    sentence: `The URL of a request was longer than ${REQUEST_BYTES} bytes.`,
    advice: 'Send less in one hit.',
  },
  'unencoded-address': {
    outcome: 'warned',
    sentence: 'The URL of the request had characters in it that must be percent-encoded, and was read as if they were.',
    advice: 'Encode names and values with encodeURIComponent, or the function of your language for it.',
  },
  'long-body': {
    outcome: 'refused',
    sentence: `The body is longer than ${REQUEST_BYTES} bytes.`,
    advice: 'Send fewer hits in one batch.',
  },
  'body-type': {
    outcome: 'refused',
    sentence: 'A body of type {type} is not a form.',
    advice: 'Send application/x-www-form-urlencoded, or text/plain.',
  },
  'compressed-body': {
    outcome: 'refused',
    sentence: 'A compressed body is not read.',
    advice: 'Send the body without Content-Encoding.',
  },
  'batch-size': {
    outcome: 'refused',
    sentence: `A batch is sent by POST, 1 to ${BATCH_HITS} hits, each on a line of its body.`,
    advice: 'Send POST /b with that many lines.',
  },
  'batch-line': {
    outcome: 'refused',
    sentence: 'Each line of a batch has to be the URL of a hit, such as /e?_k=KEY.',
    advice: 'Begin each line with /e?, /s? or /a?. The other lines are not affected.',
  },
  'not-utf8': {
    outcome: 'warned',
    sentence:
      'The request is not UTF-8 in percent-encoding; broken escapes were left as they stand, and bytes that are not UTF-8 were replaced.',
    advice: 'Encode as UTF-8, and the percent sign itself as %25.',
  },
  'repeated-field': {
    outcome: 'warned',
    sentence: '{parameter} was sent more than once; the last one counts.',
    advice: 'Send the parameter once.',
  },
  'repeated-property': {
    outcome: 'warned',
    sentence: 'The property “{name}” was sent more than once; the last one counts.',
    advice: 'Send the property once; names that differ in case are the same.',
  },
  'unnamed-property': {
    outcome: 'warned',
    sentence: 'A property without a name was left out.',
    advice: 'Give the property a name.',
  },
  'nested-property': {
    outcome: 'warned',
    sentence: 'The value of “{name}” is nested JSON; it was left out.',
    advice: 'Import a text or a number.',
  },
  'long-name': {
    outcome: 'warned',
    sentence: `The {what} name “{name}…” was cut at ${NAME_CHARACTERS} characters.`,
    advice: 'Choose a shorter name; put details into values.',
  },
  'long-value': {
    outcome: 'warned',
    sentence: `The value of “{name}” was cut at ${VALUE_BYTES} bytes.`,
    advice: 'Send only the part that you need.',
  },
  'long-hit-id': {
    outcome: 'warned',
    sentence: `The hit id is longer than ${HIT_ID_CHARACTERS} characters; it was left out.`,
    advice: 'Send a shorter _i: without one, a repeat counts twice.',
  },
  'placeholder-identity': {
    outcome: 'warned',
    sentence: 'The identity “{identity}” looks like a placeholder: all who are given it become one person.',
    advice: 'Do not identify visitors who are not signed in.',
  },
  'self-alias': {
    outcome: 'warned',
    sentence: 'An alias of an identity to itself changes nothing.',
    advice: 'Leave the alias out.',
  },
  'dated-without-time': {
    outcome: 'warned',
    sentence: '_d=1 without _t: the time of arrival counts.',
    advice: 'Send _t as well.',
  },
  'bad-time': {
    outcome: 'warned',
    sentence: '_t is not a number of seconds; the time of arrival counts.',
    advice: 'Send Unix seconds.',
  },
  'future-time': {
    outcome: 'warned',
    sentence: '_t lies more than a day ahead; the time of arrival counts.',
    advice: 'Send seconds, not milliseconds, and set the clock of the sender.',
  },
  'bad-age': {
    outcome: 'warned',
    sentence: '_a is not a whole number of seconds up to 90 days; the time of arrival counts.',
    advice: 'Send whole seconds, 90 days at most.',
  },
  'more-warnings': {
    outcome: 'warned',
    sentence: 'And {count} more warnings.',
    advice: 'Correct the first ones.',
  },
  'address-rate': {
    outcome: 'limited',
    sentence: 'One client address (IP) sends more hits than its limit.',
    advice: 'Raise --address-rate; behind a proxy, name the proxy in --trust-proxy.',
  },
  'key-rate': {
    outcome: 'limited',
    sentence: 'One key gets more hits than its limit.',
    advice: 'Raise --key-rate.',
  },
} as const satisfies Record<string, ReasonRow>;

export type ReasonCode = keyof typeof REASONS;

/** The codes of one outcome, in the order of the table. */
export function codesOf(outcome: ReasonRow['outcome']): ReasonCode[] {
  return (Object.keys(REASONS) as ReasonCode[]).filter((code) => REASONS[code].outcome === outcome);
}

/** A code with the details that its sentence has places for. */
export type Reason = readonly [code: ReasonCode, ...details: string[]];

/** What a store may hold: where a version without codes has stored it, the sentence itself. */
export type StoredReason = Reason | string;

/** The code; null for a sentence from before there were codes. */
export function codeOf(reason: StoredReason): ReasonCode | null {
  return typeof reason === 'string' ? null : reason[0];
}

/** The sentence for the site's owner. A code that only a newer version knows stands for itself. */
export function sentenceOf(reason: StoredReason): string {
  if (typeof reason === 'string') return reason;
  const [code, ...details] = reason;
  if (!Object.hasOwn(REASONS, code)) return [code, ...details].join(' ');
  return REASONS[code].sentence.replace(/\{\w+\}/g, () => details.shift() ?? '');
}

/** Whether a value from outside is a reason that this version knows. */
export function isReason(value: unknown): value is Reason {
  return (
    Array.isArray(value) && value.every((part) => typeof part === 'string') && Object.hasOwn(REASONS, value[0] ?? '')
  );
}

/** One reason as a text, for a column that held sentences before. */
export function reasonToText(reason: StoredReason): string {
  return typeof reason === 'string' ? reason : JSON.stringify(reason);
}

/** The reason in such a text. No sentence has ever begun like a list of texts; what is damaged is shown as it is. */
export function reasonFromText(text: string): StoredReason {
  if (!text.startsWith('["')) return text;
  try {
    return JSON.parse(text) as Reason;
  } catch {
    return text;
  }
}
