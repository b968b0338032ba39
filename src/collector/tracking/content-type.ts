import type { Warnings } from '../../protocol/warnings.js';

/** Only so much of a header is read: no type that kmq accepts is longer. */
const MOST_CHARACTERS = 8192;

/** A value of a header with parameters, `type; name=value; name="value"` (RFC 9110, section 5.6.6). */
export interface Parameterized {
  /** In lower case. */
  value: string;
  /** Keyed by name in lower case. */
  parameters: Map<string, string>;
}

export function parameterized(header: string): Parameterized {
  const text = header.slice(0, MOST_CHARACTERS);
  const parameters = new Map<string, string>();
  for (const [, name, quoted, plain] of text.matchAll(/;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/g)) {
    parameters.set(name!.toLowerCase(), quoted?.replace(/\\(["\\])/g, '$1') ?? plain!.trim());
  }
  return { value: /^[^;,]*/.exec(text)![0].trim().toLowerCase(), parameters };
}

/** An encoding other than UTF-8; undefined for UTF-8. */
export type Charset = TextDecoder | undefined;

/** Keyed by label; there are about two hundred (https://encoding.spec.whatwg.org/#names-and-labels). */
const decoders = new Map<string, Charset>();

/**
 * @param label the charset that the body declares
 * @param warnings gets a warning if the charset is not known; the text is then read as UTF-8
 */
export function charsetOf(label: string | undefined, warnings: Warnings): Charset {
  const name = label?.trim().toLowerCase();
  if (!name || decoders.has(name)) return decoders.get(name ?? '');
  try {
    const decoder = new TextDecoder(name, { ignoreBOM: true });
    decoders.set(name, decoder.encoding === 'utf-8' ? undefined : decoder);
  } catch {
    warnings.add('unknown-charset', name.slice(0, 40));
  }
  return decoders.get(name);
}

/**
 * Whether the bytes of `&`, `=` and `%` are never a part of another character, so that percent escapes can contain bytes of this
 * charset.
 */
export function isAsciiCompatible({ encoding }: TextDecoder): boolean {
  return !encoding.startsWith('utf-16') && encoding !== 'iso-2022-jp';
}
