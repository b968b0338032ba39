import { isLasting } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';
import { INSERT_ENTRY, type FiledEntry } from './indexed-hits.js';
import type { Round } from './filing-round.js';
import type { TextUses } from './text-uses.js';
import type { WaitingHits } from './waiting-hits.js';

/**
 * How many hits are filed together. With more hits, fewer pages are written for each, but readers must search more unfiled hits.
 */
const HITS_OF_A_ROUND = 20_000;

/** A round also begins when waiting hits use so many texts. Their uses are counted in one commit, in some tens of milliseconds. */
const TEXTS_OF_A_ROUND = 20_000;

/** To call a statement costs as much as to insert a row, so one statement inserts several rows. */
const ROWS_PER_STATEMENT = 16;

const DAMAGED_INDEX =
  'A database page of the index by identity cannot be read. So some people are shown without all of their hits, and new hits of these people ' +
  'may be answered with 503. Restore a backup if you have one.';

/** A page of the index is damaged; the hits are not. The message is a sentence for the owner. */
export class DamagedIndex extends Error {}

/** The source of the waiting hits. */
interface Waiting {
  load(): WaitingHits;
  /** Takes all waiting hits, for a round. */
  take(): Round;
}

/**
 * Files hits by their identity: a round consists of the hits that waited when it began, and files a few of them with each commit.
 */
export class IndexFiling {
  /** The current round. */
  round: Round | undefined;
  /** Up to which row all hits are filed. */
  filedRow = 0;
  /** How many rounds have begun. */
  roundsBegun = 0;
  private readonly insert: Statement;
  private readonly insertSome: Statement;
  private readonly insertApart: Statement;
  private readonly advance: Statement;
  /** Rows whose place in the index is on a page that cannot be read. */
  private readonly unfilable = new Set<number>();
  private insertsOneByOne = false;

  constructor(
    db: Database,
    private readonly waiting: Waiting,
    private readonly textUses: TextUses,
    private readonly hitsOfARound = HITS_OF_A_ROUND,
  ) {
    this.insert = db.prepare(INSERT_ENTRY);
    this.insertSome = db.prepare(INSERT_ENTRY + ', (?, ?, ?, ?)'.repeat(ROWS_PER_STATEMENT - 1));
    this.insertApart = db.prepare('INSERT OR IGNORE INTO filed_apart (identity, sent, hash, hit) VALUES (?, ?, ?, ?)');
    this.advance = db.prepare('UPDATE filing SET filed = ?');
  }

  /**
   * Continues a round, or begins one when enough hits wait; part of the caller's transaction.
   * @param most how many hits are filed at most
   */
  fileIfDue(most: number): void {
    const { count } = this.waiting.load();
    if (!this.round && count < this.hitsOfARound && this.textUses.uncounted < TEXTS_OF_A_ROUND) return;
    this.fileSome(most);
  }

  /**
   * Files hits, however few wait; part of the caller's transaction.
   * @returns how many; fewer than `most` if no more wait
   */
  fileSome(most: number): number {
    let filed = 0;
    while (filed < most) {
      if (!this.round && !this.waiting.load().count) break;
      this.round ??= this.begin();
      filed += this.fileOf(this.round, most - filed);
    }
    return filed;
  }

  private begin(): Round {
    const round = this.waiting.take();
    this.roundsBegun += 1;
    this.textUses.beginRound();
    return round;
  }

  private fileOf(round: Round, most: number): number {
    const entries = round.next(most);
    const whole = entries.filter(([, , , row]) => !this.unfilable.has(row));
    for (const entry of entries) if (this.unfilable.has(entry[3])) this.insertApart.run(...entry);
    for (let at = 0; at < whole.length; at += ROWS_PER_STATEMENT)
      this.insertEntries(whole.slice(at, at + ROWS_PER_STATEMENT));
    if (!round.isDone) return entries.length;
    this.textUses.endRound();
    this.advance.run(round.end);
    this.filedRow = round.end;
    this.round = undefined;
    return entries.length;
  }

  /**
   * @throws DamagedIndex if one of them belongs on a page that cannot be read. From then on they are inserted one by one, and the
   *   one that fails goes into the table `filed_apart` at the next attempt.
   */
  private insertEntries(entries: FiledEntry[]): void {
    if (entries.length === ROWS_PER_STATEMENT && !this.insertsOneByOne) {
      const values: number[] = [];
      for (const entry of entries) values.push(...entry);
      this.inserting(() => this.insertSome.run(...values));
      return;
    }
    for (const entry of entries) {
      this.inserting(
        () => this.insert.run(...entry),
        () => this.unfilable.add(entry[3]),
      );
    }
  }

  private inserting(insert: () => void, onDamage: () => void = () => undefined): void {
    try {
      insert();
    } catch (error) {
      if (!isLasting(error)) throw error;
      this.insertsOneByOne = true;
      onDamage();
      throw new DamagedIndex(DAMAGED_INDEX, { cause: error });
    }
  }
}
