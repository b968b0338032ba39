import type { Database, Statement } from '../sqlite/database.js';
import { isDamage, NotedDamage } from '../sqlite/damage.js';
import { propertiesIn } from '../model/stored-columns.js';
import { DAMAGED_TEXTS } from './text-uses.js';
import type { AcceptedHit } from '../../../protocol/interpret.js';

/** The most texts in memory. */
const MOST_TEXTS = 20_000;

/** Reads the texts that `texts.ts` has stored in the table `texts`. */
export class TextReader {
  private readonly find: Statement;
  private readonly texts = new Map<number, string>();
  private readonly lost = new Set<number>();
  private readonly writes: boolean;

  /** @param options writes: whether the caller also writes, since a page that cannot be read ends its transaction */
  constructor(db: Database, { writes = false }: { writes?: boolean } = {}) {
    this.writes = writes;
    this.find = db.prepare('SELECT text FROM texts WHERE id = ?');
  }

  /** The name of a hit; null if it has none; undefined if it is damaged. */
  nameOf({ name, event }: { name: string | null; event: number | null }): string | null | undefined {
    return event === null ? name : this.textOf(event);
  }

  /** The properties of a hit; undefined if they are damaged. */
  propertiesOf(column: unknown): AcceptedHit['properties'] | undefined {
    return propertiesIn(column, (value) => (typeof value === 'number' ? this.textOf(value) : value));
  }

  /** Call it after a rolled back transaction: the next one gives its new numbers to other texts. */
  forget(): void {
    this.texts.clear();
  }

  /** The text of a number, which no other text ever gets; undefined if there is no such text. */
  private textOf(number: number): string | undefined {
    const known = this.texts.get(number);
    if (known !== undefined) return known;
    if (this.lost.has(number)) return undefined;
    const text = this.read(number);
    if (typeof text !== 'string') return undefined;
    if (this.texts.size >= MOST_TEXTS) this.texts.clear();
    this.texts.set(number, text);
    return text;
  }

  private read(number: number): unknown {
    try {
      return (this.find.get(number) as { text: unknown } | undefined)?.text;
    } catch (error) {
      if (!isDamage(error)) throw error;
      if (!this.writes) return undefined;
      this.lost.add(number);
      throw new NotedDamage(DAMAGED_TEXTS, { cause: error });
    }
  }
}
