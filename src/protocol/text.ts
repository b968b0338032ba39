import { NAME_CHARACTERS, VALUE_BYTES } from './limits.js';

/** Names that differ only in case are the same (docs/reference.md#8.2): they are compared after this. */
export function foldName(name: string): string {
  return name.toLowerCase();
}

/** `,` and `:` become spaces in the names of events and properties (docs/reference.md#8.2). */
export function plainName(name: string): string {
  return name.replace(/[,:]/g, ' ');
}

/** A code point is two UTF-16 units at most, so no more than these are looked at, however long the text is. */
const NAME_UNITS = 2 * NAME_CHARACTERS;

/** True for more than 255 code points. `length` counts UTF-16 units, of which an emoji has two. */
export function isLongName(text: string): boolean {
  return text.length > NAME_CHARACTERS && (text.length > NAME_UNITS || [...text].length > NAME_CHARACTERS);
}

/** The first 255 code points. */
export function cutName(text: string): string {
  return [...text.slice(0, NAME_UNITS)].slice(0, NAME_CHARACTERS).join('');
}

const encoder = new TextEncoder();
const buffer = new Uint8Array(VALUE_BYTES);

/** True for more than 8,192 bytes of UTF-8. */
export function isLongValue(text: string): boolean {
  // A UTF-16 unit takes one to three bytes of UTF-8: most texts can be judged by their length, without encoding them.
  if (text.length * 3 <= VALUE_BYTES) return false;
  return text.length > VALUE_BYTES || encoder.encodeInto(text, buffer).read < text.length;
}

/** The longest beginning of whole code points that fits into 8,192 bytes of UTF-8. */
export function cutValue(text: string): string {
  return text.slice(0, encoder.encodeInto(text, buffer).read);
}
