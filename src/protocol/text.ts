import { NAME_CHARACTERS, VALUE_BYTES } from './limits.js';

/** Names are one and the same whatever their case (docs/reference.md#8.2): this is what is compared. */
export function foldName(name: string): string {
  return name.toLowerCase();
}

/** `,` and `:` become spaces in the names of events and properties (docs/reference.md#8.2). */
export function plainName(name: string): string {
  return name.replace(/[,:]/g, ' ');
}

/** A code point is two UTF-16 units at most, so so many of them are looked at, however long the text is. */
const NAME_UNITS = 2 * NAME_CHARACTERS;

/** True for more than 255 code points; half of what is written in emoji is two UTF-16 units each. */
export function isLongName(text: string): boolean {
  return text.length > NAME_CHARACTERS && (text.length > NAME_UNITS || [...text].length > NAME_CHARACTERS);
}

/** The first 255 code points. */
export function cutName(text: string): string {
  return [...text.slice(0, NAME_UNITS)].slice(0, NAME_CHARACTERS).join('');
}

const encoder = new TextEncoder();
const room = new Uint8Array(VALUE_BYTES);

/** True for more than 8,192 bytes of UTF-8. */
export function isLongValue(text: string): boolean {
  // One UTF-16 unit is one byte of UTF-8 at least and three at most, so short texts need no encoding to be judged.
  if (text.length * 3 <= VALUE_BYTES) return false;
  return text.length > VALUE_BYTES || encoder.encodeInto(text, room).read < text.length;
}

/** As many whole code points as 8,192 bytes of UTF-8 hold. */
export function cutValue(text: string): string {
  return text.slice(0, encoder.encodeInto(text, room).read);
}
