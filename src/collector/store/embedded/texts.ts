import type { AcceptedHit } from '../../../protocol/interpret.js';
import { isDamage, isLasting, NotedDamage } from '../sqlite/damage.js';
import { READ_FOR_LIVE_CHARACTERS } from '../model/limits.js';
import type { Database, Statement } from '../sqlite/database.js';
import { fingerprint } from './fingerprint.js';

/** Shorter texts take no more room than a number does; longer ones seldom come again. */
const LEAST_CHARACTERS = 4;
const MOST_CHARACTERS = 200;

/** What JSON needs around a name and a value. */
const CHARACTERS_AROUND = 7;

/** What JSON makes of one character at most: `\u0001`. */
const BYTES_OF_A_CHARACTER = 6;

/** A hit of so many characters is kept as it came: it may be one that Live reads in part. */
const LARGE = READ_FOR_LIVE_CHARACTERS / BYTES_OF_A_CHARACTER;

/** Bounds the memory: so many texts that were seen, and so many whose number is known, before all of them are learned anew. */
const MOST_TEXTS = 40_000;

/**
 * Texts that one transaction looks up or adds: each costs as much as a small hit, and a hostile hit has a hundred of them in a
 * kilobyte. Those beyond stay in their hits, and have their chance with the next transaction.
 */
const LEARNED_PER_TRANSACTION = 300;

/** For the owner. */
export const DAMAGED_TEXTS =
  'A page of the texts that hits have in common cannot be read: hits that use them are damaged, and some of the texts may stay ' +
  'when the last of these hits is removed. Restore a backup where you have one.';

/** Which numbers a hit uses, as it is stored. */
export interface Coded {
  /** The number of the event's name; null where the name is stored with the hit, or the hit has none. */
  event: number | null;
  /** JSON: [[name, value], …], each a text or a number. */
  properties: string;
}

/** How a hit's name and properties are stored. */
export interface EncodedTexts extends Coded {
  name: string | null;
  /**
   * About how many characters of JSON the properties are, written out; null where there are none, and for a large hit, which is stored
   * as it came.
   */
  size: number | null;
  /** The numbers that the hit uses, each as often as it does. */
  codes: readonly number[];
}

type Code = string | number;

/**
 * Texts that come again and again, the names of events and properties and what they are set to, are stored once, and stand in
 * hits as their number. Which ones, the second sight decides: what comes once stays where it is. Each text counts the hits that
 * use it, up to the last one that is filed by identity, and goes with the last of them: it may have been somebody's name.
 */
export class Texts {
  private readonly find: Statement;
  private readonly insert: Statement;
  private readonly use: Statement;
  private readonly dropUnused: Statement;
  /** Numbers of texts, by fingerprint. Of two that have the same one, the first is known, and the other stays in its hits. */
  private readonly codes = new Map<number, { text: string; code: number }>();
  private readonly seen = new Set<number>();
  private learned = 0;
  /** Uses by hits that are not filed yet: of the round that is being filed, and of those behind it. */
  private filing = new Map<number, number>();
  private waiting = new Map<number, number>();
  /** Numbers of texts on pages that cannot be read: their uses are not counted any more, and they stay. */
  private readonly lost = new Set<number>();
  /** False where a text could not be looked for: all that come stay in their hits then. */
  private isLearning = true;

  constructor(db: Database) {
    // The uses are asked for, so that the row is read: of a text on a page that cannot be read, the index knows the number.
    this.find = db.prepare('SELECT id, uses FROM texts WHERE text = ?');
    this.insert = db.prepare('INSERT INTO texts (text, uses) VALUES (?, 0)');
    this.use = db.prepare('UPDATE texts SET uses = uses + ? WHERE id = ?');
    this.dropUnused = db.prepare('DELETE FROM texts WHERE id = ? AND uses = 0 RETURNING text');
  }

  /** A transaction has begun. */
  begin(): void {
    this.learned = 0;
  }

  /** How many texts have uses that are not counted. */
  get uncounted(): number {
    return this.waiting.size;
  }

  /** A hit's name and properties as they are stored; part of the transaction that stores them. */
  encode({ kind, name, properties }: Pick<AcceptedHit, 'kind' | 'name' | 'properties'>): EncodedTexts {
    const codes: number[] = [];
    const inCode = (text: string): Code => {
      const code = this.codeOf(text);
      if (code === undefined) return text;
      codes.push(code);
      return code;
    };
    // The name of an alias is somebody's identity.
    const event = kind === 'event' ? inCode(name!) : name;
    const said = typeof event === 'number' ? { event, name: null, codes } : { event: null, name: event, codes };
    if (!properties.length) return { ...said, properties: '[]', size: null };
    let size = 2;
    for (const [property, value] of properties) size += property.length + value.length + CHARACTERS_AROUND;
    if (size > LARGE) return { ...said, properties: JSON.stringify(properties), size: null };
    const coded = properties.map(([property, value]): [Code, Code] => [inCode(property), inCode(value)]);
    return { ...said, properties: JSON.stringify(coded), size };
  }

  /** A hit was stored that uses these numbers. */
  noteUses(codes: Iterable<number>): void {
    for (const code of codes) this.waiting.set(code, (this.waiting.get(code) ?? 0) + 1);
  }

  /** All that was stored so far is going to be filed. */
  beginRound(): void {
    this.filing = this.waiting;
    this.waiting = new Map();
  }

  /** It is filed; part of that transaction. */
  endRound(): void {
    for (const [code, count] of this.filing) this.count(code, count);
    this.filing = new Map();
  }

  /** Hits that are filed use these numbers as well; part of the transaction that stores them so. */
  addUses(codes: Iterable<number>): void {
    for (const code of codes) this.count(code, 1);
  }

  /**
   * Hits were removed; part of that transaction. What nobody uses any more goes.
   * @param were uses are counted of those that were filed
   */
  release(hits: Iterable<Coded>, were: 'filed' | 'being filed' | 'waiting'): void {
    const counts = new Map<number, number>();
    for (const hit of hits) for (const code of codesIn(hit)) counts.set(code, (counts.get(code) ?? 0) + 1);
    for (const [code, count] of counts) {
      if (were === 'filed') this.count(code, -count);
      else takeBack(were === 'waiting' ? this.waiting : this.filing, code, count);
      this.drop(code);
    }
  }

  /** A hit that would use these numbers was there already; part of the transaction. */
  giveBack(codes: Iterable<number>): void {
    for (const code of new Set(codes)) this.drop(code);
  }

  /** It is not known any more which hits wait. */
  forgetUses(): void {
    this.filing = new Map();
    this.waiting = new Map();
  }

  /** After a rolled back transaction: numbers that were given are not in the store. */
  forget(): void {
    this.codes.clear();
    this.forgetUses();
  }

  /** Removes a text, unless a hit uses it. */
  private drop(code: number): void {
    if (this.filing.has(code) || this.waiting.has(code) || this.lost.has(code)) return;
    const gone = this.noting(code, () => this.dropUnused.get(code)) as { text: string } | undefined;
    if (!gone) return;
    const sight = fingerprint(gone.text);
    if (this.codes.get(sight)?.code === code) this.codes.delete(sight);
  }

  private count(code: number, count: number): void {
    if (!this.lost.has(code)) this.noting(code, () => this.use.run(count, code));
  }

  /**
   * @param code which of the texts it is about; undefined where that is not known
   * @throws NotedDamage
   */
  private noting<T>(code: number | undefined, work: () => T): T {
    try {
      return work();
    } catch (error) {
      // What is not counted although it is there would be removed under those who use it.
      if (code === undefined ? !isDamage(error) : !isLasting(error)) throw error;
      if (code === undefined) this.isLearning = false;
      else this.lost.add(code);
      throw new NotedDamage(DAMAGED_TEXTS, { cause: error });
    }
  }

  private codeOf(text: string): number | undefined {
    if (text.length < LEAST_CHARACTERS || text.length > MOST_CHARACTERS) return undefined;
    const sight = fingerprint(text);
    const known = this.codes.get(sight);
    if (known) return known.text === text ? known.code : undefined;
    if (!this.seen.has(sight)) {
      if (this.seen.size >= MOST_TEXTS) this.seen.clear();
      this.seen.add(sight);
      return undefined;
    }
    if (!this.isLearning || this.learned >= LEARNED_PER_TRANSACTION) return undefined;
    this.learned += 1;
    // SQLite keeps no half of a character, and programs that read C's strings end them at a zero.
    if (!text.isWellFormed() || text.includes('\0')) return undefined;
    const code = this.noting(undefined, () => {
      const row = this.find.get(text) as { id: number } | undefined;
      return row?.id ?? Number(this.insert.run(text).lastInsertRowid);
    });
    if (this.codes.size >= MOST_TEXTS) this.codes.clear();
    // A copy: what is cut out of a request keeps all of the request in memory.
    this.codes.set(sight, { text: Buffer.from(text).toString(), code });
    return code;
  }
}

/** Of uses that are not counted yet. */
function takeBack(uses: Map<number, number>, code: number, count: number): void {
  const left = (uses.get(code) ?? 0) - count;
  if (left > 0) uses.set(code, left);
  else uses.delete(code);
}

/** The numbers that a stored hit uses, each as often as it does. Of damaged properties there are none. */
export function* codesIn({ event, properties }: Coded): Generator<number> {
  if (event !== null) yield event;
  // Where no number stands, there is nothing to read.
  if (!/\[\d|,\d/.test(properties)) return;
  let pairs: unknown;
  try {
    pairs = JSON.parse(properties);
  } catch {
    return;
  }
  if (!Array.isArray(pairs)) return;
  for (const code of pairs.flat()) if (typeof code === 'number') yield code;
}
