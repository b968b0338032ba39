import type { AcceptedHit } from '../../../protocol/interpret.js';
import { isDamage, NotedDamage } from '../sqlite/damage.js';
import { READ_FOR_LIVE_CHARACTERS } from '../model/limits.js';
import type { Database, Statement } from '../sqlite/database.js';
import { fingerprint } from './fingerprint.js';
import { DAMAGED_TEXTS, TextUses, type WithTextNumbers } from './text-uses.js';

/** Shorter texts take no more space than a number does; longer ones seldom come again. */
const LEAST_CHARACTERS = 4;
const MOST_CHARACTERS = 200;

/** What JSON needs around a name and a value. */
const CHARACTERS_AROUND = 7;

/** What JSON makes of one character at most: `\u0001`. */
const BYTES_OF_A_CHARACTER = 6;

/** A hit of this size is stored as it arrived, since Live reads such a hit in part. */
const LARGE = READ_FOR_LIVE_CHARACTERS / BYTES_OF_A_CHARACTER;

/** Bounds the memory: so many texts that were seen, and so many whose number is known, before all of them are learned again. */
const MOST_TEXTS = 40_000;

/**
 * How many texts one transaction looks up or adds: each costs as much as a small hit, and a hostile hit may contain a hundred in a
 * kilobyte. Further texts stay in their hits, and may be added by a later transaction.
 */
const LEARNED_PER_TRANSACTION = 300;

/** How a hit's name and properties are stored. */
export interface EncodedTexts extends WithTextNumbers {
  name: string | null;
  /**
   * About how many characters of JSON the properties are, written out; null where there are none, and for a large hit, which is stored
   * as it came.
   */
  size: number | null;
  /** The numbers that the hit uses, each as often as it does. */
  numbers: readonly number[];
}

type TextOrNumber = string | number;

/**
 * Repeated texts (names of events and properties, and values) are stored once, and hits contain their numbers. A text gets a number
 * when it appears for the second time. Each text counts the filed hits that use it, and is removed with the last of them, since it
 * may be somebody's name (text-uses.ts).
 */
export class Texts {
  readonly uses: TextUses;
  private readonly find: Statement;
  private readonly insert: Statement;
  /** Numbers of texts, by fingerprint. Of two that have the same one, the first is known, and the other stays in its hits. */
  private readonly numbers = new Map<number, { text: string; number: number }>();
  private readonly seen = new Set<number>();
  private learned = 0;
  /** False where a text could not be looked for: all that come stay in their hits then. */
  private isLearning = true;

  constructor(db: Database) {
    // The uses are asked for, so that the row is read: of a text on a page that cannot be read, the index knows the number.
    this.find = db.prepare('SELECT id, uses FROM texts WHERE text = ?');
    this.insert = db.prepare('INSERT INTO texts (text, uses) VALUES (?, 0)');
    this.uses = new TextUses(db, (number, text) => this.unlearn(number, text));
  }

  /** A transaction has begun. */
  begin(): void {
    this.learned = 0;
  }

  /** A hit's name and properties as they are stored; part of the transaction that stores them. */
  encode({ kind, name, properties }: Pick<AcceptedHit, 'kind' | 'name' | 'properties'>): EncodedTexts {
    const numbers: number[] = [];
    const encoded = (text: string): TextOrNumber => {
      const number = this.numberOf(text);
      if (number === undefined) return text;
      numbers.push(number);
      return number;
    };
    // The name of an alias is somebody's identity.
    const event = kind === 'event' ? encoded(name!) : name;
    const said = typeof event === 'number' ? { event, name: null, numbers } : { event: null, name: event, numbers };
    if (!properties.length) return { ...said, properties: '[]', size: null };
    let size = 2;
    for (const [property, value] of properties) size += property.length + value.length + CHARACTERS_AROUND;
    if (size > LARGE) return { ...said, properties: JSON.stringify(properties), size: null };
    const pairs = properties.map(([property, value]): [TextOrNumber, TextOrNumber] => [
      encoded(property),
      encoded(value),
    ]);
    return { ...said, properties: JSON.stringify(pairs), size };
  }

  /** After a rolled back transaction: numbers that were given are not in the store. */
  forget(): void {
    this.numbers.clear();
    this.uses.forget();
  }

  /** A text is not in the store any more. */
  private unlearn(number: number, text: string): void {
    const print = fingerprint(text);
    if (this.numbers.get(print)?.number === number) this.numbers.delete(print);
  }

  private numberOf(text: string): number | undefined {
    if (text.length < LEAST_CHARACTERS || text.length > MOST_CHARACTERS) return undefined;
    const print = fingerprint(text);
    const known = this.numbers.get(print);
    if (known) return known.text === text ? known.number : undefined;
    if (!this.seen.has(print)) {
      if (this.seen.size >= MOST_TEXTS) this.seen.clear();
      this.seen.add(print);
      return undefined;
    }
    if (!this.isLearning || this.learned >= LEARNED_PER_TRANSACTION) return undefined;
    this.learned += 1;
    // SQLite cannot store half of a character, and programs with C strings end a text at a zero.
    if (!text.isWellFormed() || text.includes('\0')) return undefined;
    const number = this.findOrInsert(text);
    if (this.numbers.size >= MOST_TEXTS) this.numbers.clear();
    // A copy: a slice of a request would keep the whole request in memory.
    this.numbers.set(print, { text: Buffer.from(text).toString(), number });
    return number;
  }

  /** @throws NotedDamage */
  private findOrInsert(text: string): number {
    try {
      const row = this.find.get(text) as { id: number } | undefined;
      return row?.id ?? Number(this.insert.run(text).lastInsertRowid);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.isLearning = false;
      throw new NotedDamage(DAMAGED_TEXTS, { cause: error });
    }
  }
}
