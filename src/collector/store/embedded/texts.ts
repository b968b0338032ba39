import type { AcceptedHit } from '../../../protocol/interpret.js';
import { notingDamage } from '../sqlite/damage.js';
import { READ_FOR_LIVE_CHARACTERS } from '../model/limits.js';
import type { Database, Statement } from '../sqlite/database.js';
import { fingerprint } from './fingerprint.js';
import { DAMAGED_TEXTS, TextUses, type WithTextNumbers } from './text-uses.js';

/** The lengths of texts that get numbers. Shorter ones take no more space than a number; longer ones are seldom repeated. */
const LEAST_CHARACTERS = 4;
const MOST_CHARACTERS = 200;

/** Characters of JSON around a name and a value. */
const CHARACTERS_AROUND = 7;

/** The most bytes of one character in JSON: `\u0001`. */
const BYTES_OF_A_CHARACTER = 6;

/** Properties that are larger are stored without numbers, since Live reads only the beginning of them. */
const LARGE = READ_FOR_LIVE_CHARACTERS / BYTES_OF_A_CHARACTER;

/**
 * The most texts in memory: so many that were seen once, and so many with numbers. Beyond them, all are forgotten and learned
 * again.
 */
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
   * About how many characters the properties have as JSON, with texts instead of numbers; null if there are none, and for a
   * large hit, whose properties are stored without numbers.
   */
  size: number | null;
  /** The numbers in the hit, each as often as it occurs. */
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
  /** Numbers of texts, by fingerprint. If two texts have the same fingerprint, only the first gets a number. */
  private readonly numbers = new Map<number, { text: string; number: number }>();
  private readonly seen = new Set<number>();
  private learned = 0;
  /** False after a lookup failed: then further texts stay in their hits. */
  private isLearning = true;

  constructor(db: Database) {
    // With `uses`, so that the row itself is read: the index alone would find a text on a page that cannot be read.
    this.find = db.prepare('SELECT id, uses FROM texts WHERE text = ?');
    this.insert = db.prepare('INSERT INTO texts (text, uses) VALUES (?, 0)');
    this.uses = new TextUses(db, (number, text) => this.unlearn(number, text));
  }

  /** Call it when a transaction has begun. */
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

  /** Call it after a rolled back transaction: its new numbers are not in the store. */
  forget(): void {
    this.numbers.clear();
    this.uses.forget();
  }

  /** Forgets a text that is not in the store any more. */
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
    // SQLite cannot store an unpaired surrogate, and C programs end a text at a NUL.
    if (!text.isWellFormed() || text.includes('\0')) return undefined;
    const number = this.findOrInsert(text);
    if (this.numbers.size >= MOST_TEXTS) this.numbers.clear();
    // A copy: a slice of a request would keep the whole request in memory.
    this.numbers.set(print, { text: Buffer.from(text).toString(), number });
    return number;
  }

  /** @throws NotedDamage */
  private findOrInsert(text: string): number {
    const work = (): number => {
      const row = this.find.get(text) as { id: number } | undefined;
      return row?.id ?? Number(this.insert.run(text).lastInsertRowid);
    };
    return notingDamage(DAMAGED_TEXTS, work, () => (this.isLearning = false));
  }
}
