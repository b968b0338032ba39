import { isLasting, NotedDamage } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';

/** A sentence for the owner. */
export const DAMAGED_TEXTS =
  'A database page of the table of texts cannot be read. The hits that use the texts of this page are damaged, and some of these texts may ' +
  'stay in the store when the last of the hits is removed. Restore a backup if you have one.';

/** The columns of a stored hit that contain numbers of texts. */
export interface WithTextNumbers {
  /** The number of the event's name; null if the name is stored in the hit, or if it has none. */
  event: number | null;
  /** JSON: [[name, value], …], each a text or a number. */
  properties: string;
}

export interface RemovedText {
  number: number;
  text: string;
}

/**
 * How many hits use each text of the table `texts` (texts.ts). Uses by hits that are not filed yet are counted in memory, and
 * written to the store when their round is filed. A text is removed with the last hit that uses it.
 */
export class TextUses {
  private readonly use: Statement;
  private readonly dropUnused: Statement;
  /** Uses by hits of the round that is being filed; below, uses by hits after it. */
  private filing = new Map<number, number>();
  private waiting = new Map<number, number>();
  /** Numbers of texts on pages that cannot be read. Their uses are not counted any more, and they are never removed. */
  private readonly lost = new Set<number>();

  /** @param onDropped called with each removed text and its number */
  constructor(
    db: Database,
    private readonly onDropped: (number: number, text: string) => void,
  ) {
    this.use = db.prepare('UPDATE texts SET uses = uses + ? WHERE id = ?');
    this.dropUnused = db.prepare('DELETE FROM texts WHERE id = ? AND uses = 0 RETURNING text');
  }

  /** How many texts are used by hits after the current round. These uses are not in the store yet. */
  get uncounted(): number {
    return this.waiting.size;
  }

  /** Call it when a hit with these numbers was stored. */
  note(numbers: Iterable<number>): void {
    for (const number of numbers) this.waiting.set(number, (this.waiting.get(number) ?? 0) + 1);
  }

  /** Call it when a round begins, with all hits so far. */
  beginRound(): void {
    this.filing = this.waiting;
    this.waiting = new Map();
  }

  /** Writes the uses of a round that is filed; part of that transaction. */
  endRound(): void {
    for (const [number, count] of this.filing) this.count(number, count);
    this.filing = new Map();
  }

  /** Adds uses by hits that are filed already; part of the transaction that stores those hits again. */
  add(numbers: Iterable<number>): void {
    for (const number of numbers) this.count(number, 1);
  }

  /**
   * Subtracts the uses of removed hits, and removes texts without uses; part of the transaction that removes the hits.
   * @param were where the uses of these hits are counted
   * @returns the removed texts
   */
  release(hits: Iterable<WithTextNumbers>, were: 'filed' | 'being filed' | 'waiting'): RemovedText[] {
    const gone: RemovedText[] = [];
    const counts = new Map<number, number>();
    for (const hit of hits) for (const number of numbersIn(hit)) counts.set(number, (counts.get(number) ?? 0) + 1);
    for (const [number, count] of counts) {
      if (were === 'filed') this.count(number, -count);
      else takeBack(were === 'waiting' ? this.waiting : this.filing, number, count);
      const text = this.drop(number);
      if (text !== undefined) gone.push({ number, text });
    }
    return gone;
  }

  /** Removes texts that were added for a hit which existed already, and that no hit uses; part of the transaction. */
  giveBack(numbers: Iterable<number>): void {
    for (const number of new Set(numbers)) this.drop(number);
  }

  /** Forgets uses in memory, if it is not known any more which hits wait. */
  forget(): void {
    this.filing = new Map();
    this.waiting = new Map();
  }

  /** Removes a text, unless a hit uses it. @returns the text, if it was removed */
  private drop(number: number): string | undefined {
    if (this.filing.has(number) || this.waiting.has(number) || this.lost.has(number)) return undefined;
    const gone = this.notingDamage(number, () => this.dropUnused.get(number)) as { text: string } | undefined;
    if (gone) this.onDropped(number, gone.text);
    return gone?.text;
  }

  private count(number: number, count: number): void {
    if (!this.lost.has(number)) this.notingDamage(number, () => this.use.run(count, number));
  }

  /** @throws NotedDamage */
  private notingDamage<T>(number: number, work: () => T): T {
    try {
      return work();
    } catch (error) {
      // A text whose uses were not counted would be removed while hits use it.
      if (!isLasting(error)) throw error;
      this.lost.add(number);
      throw new NotedDamage(DAMAGED_TEXTS, { cause: error });
    }
  }
}

/** Subtracts uses that are not in the store yet. */
function takeBack(uses: Map<number, number>, number: number, count: number): void {
  const remaining = (uses.get(number) ?? 0) - count;
  if (remaining > 0) uses.set(number, remaining);
  else uses.delete(number);
}

/** The numbers of texts in a stored hit, each as often as it occurs. None for damaged properties. */
export function* numbersIn({ event, properties }: WithTextNumbers): Generator<number> {
  if (event !== null) yield event;
  // Without such a digit there is no number, and nothing to parse.
  if (!/\[\d|,\d/.test(properties)) return;
  let pairs: unknown;
  try {
    pairs = JSON.parse(properties);
  } catch {
    return;
  }
  if (!Array.isArray(pairs)) return;
  for (const value of pairs.flat()) if (typeof value === 'number') yield value;
}
