import {
  BATCH_HITS,
  HIT_BYTES,
  HIT_ID_CHARACTERS,
  IDENTITIES_OF_A_PERSON,
  NAME_CHARACTERS,
  PROPERTIES,
  REQUEST_BYTES,
  VALUE_BYTES,
} from './limits.js';

/**
 * What a site's owner is told about a hit: why it was refused, a warning, or the limit for which its sender has to wait.
 * A store keeps the code and its details. The sentence is made when it is shown, so that it can be improved without
 * changing what is stored. The table in docs/hits.md is generated from this one.
 */
export interface ReasonRow {
  /**
   * `refused`: not kept as a hit. `warned`: kept, with a warning; some warnings say what was changed. `limited`: the
   * request was answered with 429; the tracker and `kmq/node` send it again, other clients may not.
   */
  outcome: 'refused' | 'warned' | 'limited';
  /** Each `{…}` is replaced by the next detail of the reason. */
  sentence: string;
  /** What the owner can do about it. */
  advice: string;
}

export const REASONS = {
  'no-key': {
    outcome: 'refused',
    sentence: 'No key: _k is missing or empty.',
    advice: 'Name the site: by the script KEY.js or by _kmk in the page, or by _k in a request that you send yourself.',
  },
  'long-key': {
    outcome: 'refused',
    sentence: `The key is longer than ${NAME_CHARACTERS} characters.`,
    advice: 'Give the site a shorter key.',
  },
  'unknown-key': {
    outcome: 'refused',
    sentence: 'No site here has the key “{key}”.',
    advice: 'Correct the key in the page, or name this key in --key.',
  },
  'foreign-origin': {
    outcome: 'refused',
    sentence: 'The site accepts no hits from pages of {origin}.',
    advice: 'If the pages are yours, add their origin to origins in the settings of the site.',
  },
  'no-person': {
    outcome: 'refused',
    sentence: 'No {role}: {parameter} is missing or blank.',
    advice: 'Send an identity; the tracker makes one by itself.',
  },
  'long-identity': {
    outcome: 'refused',
    sentence: `The identity in {parameter} is longer than ${NAME_CHARACTERS} characters.`,
    advice:
      'Identify by something shorter. kmq does not cut an identity, since the rest could be the identity of somebody else.',
  },
  'damaged-escapes': {
    outcome: 'refused',
    sentence: 'The identity in {parameter} has escapes of bytes that are not UTF-8.',
    advice: 'Correct the line. If kmq left these bytes out or replaced them, two people could become one.',
  },
  'too-many-identities': {
    outcome: 'refused',
    sentence: `The alias would make one person of more than ${IDENTITIES_OF_A_PERSON} identities.`,
    advice:
      'Find the identity to which all others are tied, and stop giving it to visitors who are not the same person.',
  },
  'damaged-key': {
    outcome: 'refused',
    sentence:
      'The key in _k is damaged: its bytes are not in the encoding of the request, or it contains half of a surrogate pair.',
    advice: 'Send the key as it stands in the settings, in UTF-8.',
  },
  'damaged-identity': {
    outcome: 'refused',
    sentence:
      'The identity in {parameter} is damaged: its bytes are not in the encoding of the request, or it contains half of a surrogate pair. In an alias, U+FFFD, the sign for bytes that could not be read, is not accepted either.',
    advice:
      'Encode as UTF-8, or name the charset of the body, and cut texts between characters. Once damaged, identities of different people can be the same text.',
  },
  'placeholder-alias': {
    outcome: 'refused',
    sentence:
      'An alias with “{identity}” is not accepted: this identity looks like a placeholder, and the alias would make one person of all who have it.',
    advice:
      'Do not identify visitors who are not signed in. If a real person of your site has this identity, change placeholders in the settings of the site.',
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
    sentence: '_t is before 2009-01-01, the earliest time that is stored.',
    advice: 'Send _t in seconds since 1970.',
  },
  'long-address': {
    outcome: 'refused',
    sentence: `The head of a request (URL and headers) was longer than ${REQUEST_BYTES} bytes.`,
    advice: 'Send less in one hit.',
  },
  'unencoded-address': {
    outcome: 'warned',
    sentence:
      'The URL of the request contained characters that must be percent-encoded. It was read as if these characters were percent-encoded.',
    advice: 'Encode names and values with encodeURIComponent, or the function of your language for it.',
  },
  'long-body': {
    outcome: 'refused',
    sentence: `The body is longer than ${REQUEST_BYTES} bytes.`,
    advice: 'Send fewer hits in one batch.',
  },
  'body-type': {
    outcome: 'refused',
    sentence: 'A body of type {type} is not read.',
    advice:
      'Send a form (application/x-www-form-urlencoded, multipart/form-data), a JSON object (application/json) or text/plain; a batch as text/plain.',
  },
  'broken-body': {
    outcome: 'refused',
    sentence: 'The body is not what its Content-Type says: it is {fault}.',
    advice: 'Let your HTTP library make both the body and its Content-Type.',
  },
  'compressed-body': {
    outcome: 'refused',
    sentence: 'A compressed body is not read.',
    advice: 'Send the body without Content-Encoding.',
  },
  'batch-size': {
    outcome: 'refused',
    sentence: `A batch is a POST request of 1 to ${BATCH_HITS} hits, with each hit on its own line of the body.`,
    advice: `Send POST /b with 1 to ${BATCH_HITS} lines.`,
  },
  'batch-line': {
    outcome: 'refused',
    sentence: 'Each line of a batch has to be the URL of a hit, such as /e?_k=KEY.',
    advice: 'Begin each line with /e?, /s? or /a?. The other lines are not affected.',
  },
  'not-utf8': {
    outcome: 'warned',
    sentence:
      'The request is not in UTF-8, or not in the charset that it names. Malformed escapes were left as they are, and bytes that could not be read were replaced by U+FFFD.',
    advice: 'Encode as UTF-8, and the percent sign itself as %25; or name the charset of the body.',
  },
  'repeated-field': {
    outcome: 'warned',
    sentence: '{parameter} was sent more than once; the last one is used.',
    advice: 'Send the parameter once.',
  },
  'repeated-property': {
    outcome: 'warned',
    sentence: 'The property “{name}” was sent more than once; the last one is used.',
    advice: 'Send the property once; names that differ in case are the same.',
  },
  'many-properties': {
    outcome: 'warned',
    sentence: `The request has more than ${PROPERTIES} properties; {count} were left out.`,
    advice: 'Send fewer properties with one hit; put data into values, not into names.',
  },
  'large-hit': {
    outcome: 'warned',
    sentence: `The properties of the hit are larger than ${HIT_BYTES} bytes in JSON; {count} were left out.`,
    advice: 'Send less in one hit. Most control characters are six bytes in JSON.',
  },
  'ill-formed-text': {
    outcome: 'warned',
    sentence: 'Half of a surrogate pair, which is not a character, was replaced by U+FFFD in a name or a value.',
    advice: 'Cut texts between characters.',
  },
  'unnamed-property': {
    outcome: 'warned',
    sentence: 'A property without a name was left out.',
    advice: 'Give the property a name.',
  },
  'nested-property': {
    outcome: 'warned',
    sentence: 'The value of “{name}” is nested JSON; it was left out.',
    advice: 'Send a text, a number, or a list of them.',
  },
  'file-part': {
    outcome: 'warned',
    sentence: 'The file in the part “{name}” of the form was left out.',
    advice: 'Send text in parts without a file name.',
  },
  'unknown-charset': {
    outcome: 'warned',
    sentence: 'The charset “{charset}” is not known; the body was read as UTF-8.',
    advice: 'Send UTF-8, or a charset of the Encoding Standard, such as windows-1252.',
  },
  'repaired-line': {
    outcome: 'warned',
    sentence: 'The line of the import does not follow its format. It was read by the rules for malformed lines.',
    advice: 'Check that names and values are right.',
  },
  'damaged-property': {
    outcome: 'warned',
    sentence: 'The property “{name}” has escapes of bytes that are not UTF-8; they were left as they are.',
    advice: 'Correct the line of the import.',
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
  'damaged-hit-id': {
    outcome: 'warned',
    sentence: 'The hit id in _i is damaged; it was left out, since another damaged id could be the same text.',
    advice: 'Send an _i of ASCII: without one, a repeat counts twice.',
  },
  'replaced-identity': {
    outcome: 'warned',
    sentence: 'The identity “{identity}” contains U+FFFD, the sign for bytes that could not be read.',
    advice: 'Find the program that reads the identity in the wrong encoding, or cuts it inside a character.',
  },
  'placeholder-identity': {
    outcome: 'warned',
    sentence: 'The identity “{identity}” looks like a placeholder: all who have it become one person.',
    advice: 'Do not identify visitors who are not signed in.',
  },
  'self-alias': {
    outcome: 'warned',
    sentence: 'An alias of an identity to itself changes nothing.',
    advice: 'Leave the alias out.',
  },
  'dated-without-time': {
    outcome: 'warned',
    sentence: '_d=1 without _t: the time of arrival is used.',
    advice: 'Send _t as well.',
  },
  'bad-time': {
    outcome: 'warned',
    sentence: '_t is not a number of seconds; the time of arrival is used.',
    advice: 'Send Unix seconds.',
  },
  'future-time': {
    outcome: 'warned',
    sentence: '_t is more than a day ahead; the time of arrival is used.',
    advice: 'Send seconds, not milliseconds, and set the clock of the sender.',
  },
  'bad-age': {
    outcome: 'warned',
    sentence:
      '_a is not a whole number of seconds up to 90 days, and was ignored. A hit without _t and _d=1 gets the time of its arrival.',
    advice: 'Send whole seconds, 90 days at most.',
  },
  'damaged-hit': {
    outcome: 'warned',
    sentence: 'The hit is damaged in the store and cannot be read.',
    advice: 'Look at the disk, and restore a backup. Exports leave the hit out.',
  },
  'more-warnings': {
    outcome: 'warned',
    sentence: 'And {count} more warnings.',
    advice: 'Correct the first ones.',
  },
  'address-rate': {
    outcome: 'limited',
    sentence: 'One client address (IP) sends more hits, or more bytes, than the limit allows.',
    advice: 'Raise --address-rate; behind a proxy, name the proxy in --trust-proxy.',
  },
  'key-rate': {
    outcome: 'limited',
    sentence: 'One key gets more hits, or more bytes, than the limit allows.',
    advice: 'Raise --key-rate.',
  },
} as const satisfies Record<string, ReasonRow>;

export type ReasonCode = keyof typeof REASONS;

/** The codes of one outcome, in the order of the table. */
export function codesOf(outcome: ReasonRow['outcome']): ReasonCode[] {
  return (Object.keys(REASONS) as ReasonCode[]).filter((code) => REASONS[code].outcome === outcome);
}

/** A code, and one detail for each `{…}` of its sentence. */
export type Reason = readonly [code: ReasonCode, ...details: string[]];

/** What a store may contain: a reason, or a whole sentence if an older version of kmq, without codes, stored it. */
export type StoredReason = Reason | string;

/** The code; null for a sentence that an older version stored. */
export function codeOf(reason: StoredReason): ReasonCode | null {
  return typeof reason === 'string' ? null : reason[0];
}

/** The sentence for the site's owner. For a code that only a newer version knows, the code itself. */
export function sentenceOf(reason: StoredReason): string {
  if (typeof reason === 'string') return reason;
  const [code, ...details] = reason;
  if (!Object.hasOwn(REASONS, code)) return [code, ...details].join(' ');
  return REASONS[code].sentence.replace(/\{\w+\}/g, () => details.shift() ?? '');
}

/** What the site's owner can do; null for a reason that this version does not know. */
export function adviceOf(reason: StoredReason): string | null {
  const code = codeOf(reason);
  return code !== null && Object.hasOwn(REASONS, code) ? REASONS[code].advice : null;
}

/** Whether a value that was read from a store or a request is a reason that this version knows. */
export function isReason(value: unknown): value is Reason {
  return (
    Array.isArray(value) && value.every((part) => typeof part === 'string') && Object.hasOwn(REASONS, value[0] ?? '')
  );
}

/** A reason as text, for a column that contained sentences in older versions. */
export function reasonToText(reason: StoredReason): string {
  return typeof reason === 'string' ? reason : JSON.stringify(reason);
}

/** Reads a reason from such a text. No sentence has ever begun as a JSON list does; damaged text is shown as it is. */
export function reasonFromText(text: string): StoredReason {
  if (!text.startsWith('["')) return text;
  try {
    return JSON.parse(text) as Reason;
  } catch {
    return text;
  }
}
