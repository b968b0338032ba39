import { HIT_BYTES, PROPERTIES } from './limits.js';
import { cutName, cutValue, foldName, isLongName, isLongValue, plainName } from './text.js';
import type { Warnings } from './warnings.js';

/** The property that the collector adds to the hits of a site with `ipAddress`. */
export const IP_ADDRESS = 'IP Address';

type Property = [name: string, value: string];

/** The properties of one hit, by the rules of the reference (docs/reference.md#8.2) and within the limits. */
export class Properties {
  private readonly byName = new Map<string, Property>();
  private leftOut: number;
  /** UTF-16 units of all names and values, also of values that a later one has replaced. */
  private units = 0;

  /**
   * @param bounded whether the number and the bytes of all together have limits, and text is made well-formed: false for a hit that
   *   was stored before
   * @param leftOut how many properties decoding has left out already
   */
  constructor(
    private readonly warnings: Warnings,
    private readonly bounded: boolean,
    leftOut: number,
  ) {
    this.leftOut = leftOut;
  }

  /** Whether the request had no valid property. */
  get isEmpty(): boolean {
    return this.byName.size === 0;
  }

  add(sentName: string, sentValue: string): void {
    const name = mendName(sentName, 'property', this.warnings, !this.bounded);
    if (name.trim() === '') return this.warnings.add('unnamed-property');
    let value = this.bounded ? wellFormed(sentValue, this.warnings) : sentValue;
    const folded = foldName(name);
    const earlier = this.byName.get(folded);
    if (!earlier && this.bounded && this.byName.size >= PROPERTIES) {
      this.leftOut += 1;
      return;
    }
    if (isLongValue(value)) {
      value = cutValue(value);
      this.warnings.add('long-value', name);
    }
    if (earlier && earlier[1] !== value) this.warnings.add('repeated-property', name);
    this.byName.set(folded, [name, value]);
    this.units += name.length + value.length;
  }

  list(): Property[] {
    const all = [...this.byName.values()];
    if (this.leftOut) this.warnings.addLoss('many-properties', String(this.leftOut));
    // A quick upper bound: a UTF-16 unit takes six bytes of JSON at most.
    if (!this.bounded || this.units * 6 + all.length * PAIR_BYTES + 2 <= HIT_BYTES) return all;
    let bytes = 2;
    const kept = all.filter((property) => {
      const more = jsonBytes(property) + 1;
      if (bytes + more > HIT_BYTES) return false;
      bytes += more;
      return true;
    });
    if (kept.length < all.length) this.warnings.addLoss('large-hit', String(all.length - kept.length));
    return kept;
  }
}

/** Bytes that JSON puts around a name and a value: `["",""],`. */
const PAIR_BYTES = 8;

const encoder = new TextEncoder();

function jsonBytes(property: Property): number {
  return encoder.encode(JSON.stringify(property)).length;
}

/**
 * The name of an event or a property as it is stored.
 * @param wasStored the hit was stored before: unpaired surrogates stay, since a move to another store changes nothing
 */
export function mendName(sent: string, what: 'event' | 'property', warnings: Warnings, wasStored: boolean): string {
  const isLong = isLongName(sent);
  const cut = isLong ? cutName(sent) : sent;
  const name = plainName(wasStored ? cut : wellFormed(cut, warnings));
  if (isLong) warnings.add('long-name', what, name.slice(0, 40).toWellFormed());
  return name;
}

/** Replaces unpaired surrogates by U+FFFD: JSON can contain them, UTF-8 cannot. */
export function wellFormed(text: string, warnings: Warnings): string {
  if (text.isWellFormed()) return text;
  warnings.add('ill-formed-text');
  return text.toWellFormed();
}
