import { isDamage, readable } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';
import { hashOfId } from './hit-hash.js';
import { LATEST_SENT, OF_SECOND } from './indexed-hits.js';
import { newestHitIn } from './newest-hit.js';
import { codesIn, type Texts } from './texts.js';

/** So many hits are filed together: the more, the fewer pages are written for each, and the more a reader looks through. */
const HITS_OF_A_ROUND = 20_000;

/** Texts whose uses are counted at the end of a round, in one commit: some ten milliseconds. */
const TEXTS_OF_A_ROUND = 20_000;

/** Rows that are read at once after a start. */
const ROWS_AT_ONCE = 100;

/** A call of a statement costs as much as a row: so many rows share it. */
const AT_ONCE = 16;

/** Above so many hits of one identity, a set says which hashes are among them. */
const FEW = 16;

/** A hit that is not filed yet. */
interface Waiting {
  row: number;
  /** Its `_t`, 0 without one. */
  sent: number;
  hash: number;
}

/** The hits of one identity that are not filed yet, in the order of arrival. */
interface Group {
  /** The latest `_t` of the hits before them: what is later is nowhere else. */
  before: number;
  hits: Waiting[];
  /** The hashes of all of them, where there are many. */
  hashes: Set<number> | undefined;
}

type Groups = Map<number, Group>;

type FiledEntry = [identity: number, sent: number, hash: number, row: number];

/** A page of the index is damaged; the hits are not. */
export class DamagedIndex extends Error {}

/** Groups that are being filed, in the order of their identities. */
interface Round {
  groups: Groups;
  identities: Float64Array;
  /** How far it has got: the place of an identity, and of a hit in its group. */
  at: number;
  hit: number;
  /** The row of its last hit. */
  end: number;
}

interface UnfiledRow {
  id: number;
  identity: number;
  sent: number;
  hitId: string | null;
  event: number | null;
  properties: string;
}

/**
 * The index of hits by identity. A commit that wrote to it would write a page for nearly every hit, since the identities of those
 * that arrive together are anywhere in it. So hits wait in memory, and are filed behind their commits: many at a time, in the
 * order of the index. The table `filing` has the last row up to which all hits are filed; who reads looks at those behind it
 * one by one, and so does a start after a kill.
 */
export class IdentityIndex {
  private readonly unfiled: Statement;
  private readonly newest: () => number;
  private readonly filed: Statement;
  private readonly insert: Statement;
  private readonly insertSome: Statement;
  private readonly advance: Statement;
  private readonly latestOf: Statement;
  private readonly byHash: Statement;
  private readonly bySecond: Statement;
  private readonly idOf: Statement;
  /** Of the hits behind the round; undefined where what is in the store is not known. */
  private groups: Groups | undefined;
  private round: Round | undefined;
  /** How many hits are in the groups. */
  private count = 0;
  private lastRow = 0;
  /** Up to which row all hits are filed. */
  private filedRow = 0;
  private begun = 0;
  /** Rows whose place in the index is on a page that cannot be read. */
  private readonly unfilable = new Set<number>();
  private careful = false;

  constructor(
    db: Database,
    private readonly texts: Texts,
    private readonly hitsOfARound = HITS_OF_A_ROUND,
  ) {
    this.filed = db.prepare('SELECT filed FROM filing');
    this.unfiled = db.prepare(`
      SELECT id, identity, coalesce(sent, 0) AS sent, hit_id AS hitId, event, properties FROM hits
      WHERE id > ? AND id <= ? ORDER BY id`);
    this.newest = newestHitIn(db);
    const insert = 'INSERT OR IGNORE INTO filed_hits (identity, sent, hash, hit) VALUES (?, ?, ?, ?)';
    this.insert = db.prepare(insert);
    this.insertSome = db.prepare(insert + ', (?, ?, ?, ?)'.repeat(AT_ONCE - 1));
    this.advance = db.prepare('UPDATE filing SET filed = ?');
    this.latestOf = db.prepare(LATEST_SENT);
    // What only the old index has, it finds itself when the hit is stored.
    this.byHash = db.prepare('SELECT hit FROM filed_hits WHERE identity = ? AND sent = ? AND hash = ?');
    this.bySecond = db.prepare(OF_SECOND);
    this.idOf = db.prepare('SELECT hit_id AS hitId FROM hits WHERE id = ?');
  }

  /** The number of the next hit. None is given twice, however many of the newest were removed: `filing` goes by them. */
  nextRow(): number {
    this.load();
    return this.lastRow + 1;
  }

  /**
   * A hit was stored; part of its transaction.
   * @param before the latest `_t` of the hits of its identity before it; -Infinity where there are none
   */
  add(identity: number, before: number, waiting: Waiting): void {
    const groups = this.load();
    let group = groups.get(identity);
    if (!group) groups.set(identity, (group = { before, hits: [], hashes: undefined }));
    group.hits.push(waiting);
    if (group.hashes) group.hashes.add(waiting.hash);
    else if (group.hits.length > FEW) group.hashes = new Set(group.hits.map(({ hash }) => hash));
    this.lastRow = Math.max(this.lastRow, waiting.row);
    this.count += 1;
  }

  /** The latest `_t` of an identity's hits, 0 for hits without one; -Infinity where it has none. */
  latest(identity: number): number {
    let latest = (this.latestOf.get(identity) as { sent: number | null }).sent ?? -Infinity;
    for (const group of this.groupsOf(identity)) {
      for (const { sent } of group.hits) latest = Math.max(latest, sent);
    }
    return latest;
  }

  /** How many rounds have begun. */
  get rounds(): number {
    return this.begun;
  }

  hasHits(identity: number): boolean {
    return this.latest(identity) > -Infinity;
  }

  /** Whether an identity has a hit of this id and `_t`. */
  has(identity: number, sent: number, hitId: string, hash: number): boolean {
    for (const group of this.groupsOf(identity)) {
      if (group.hashes?.has(hash) ?? true) {
        if (group.hits.some((hit) => hit.hash === hash && hit.sent === sent && this.isOf(hit.row, hitId))) return true;
      }
      if (sent > group.before) return false;
    }
    const rows = this.byHash.all(identity, sent, hash) as { hit: number }[];
    return rows.some(({ hit }) => this.isOf(hit, hitId));
  }

  /** The rows of an identity's hits of one second. */
  rowsOfSecond(identity: number, sent: number): number[] {
    const rows = (this.bySecond.all(identity, sent) as { hit: number }[]).map(({ hit }) => hit);
    const waiting = this.groupsOf(identity).flatMap(({ hits }) => hits.filter((hit) => hit.sent === sent));
    return [...new Set([...rows, ...waiting.map(({ row }) => row)])];
  }

  /**
   * Goes on filing where a round has begun, or where enough hits wait for one; part of the caller's transaction.
   * @param most hits that are filed
   */
  file(most: number): void {
    this.load();
    if (!this.round && this.count < this.hitsOfARound && this.texts.uncounted < TEXTS_OF_A_ROUND) return;
    this.fileUpTo(most);
  }

  /**
   * Files hits, however few wait; part of the caller's transaction.
   * @returns how many: less than the most where none is left
   */
  fileUpTo(most: number): number {
    this.load();
    let filed = 0;
    while (filed < most) {
      if (!this.round && !this.count) break;
      this.round ??= this.begin();
      filed += this.fileOf(this.round, most - filed);
    }
    return filed;
  }

  /** Whether a hit is filed, and its texts are counted. */
  isFiled(row: number): boolean {
    this.load();
    return row <= this.filedRow;
  }

  /** Whether a hit is one of the round that is being filed. */
  isBeingFiled(row: number): boolean {
    return !this.isFiled(row) && this.round !== undefined && row <= this.round.end;
  }

  /** The rows of an identity's hits that are not filed yet. */
  waitingOf(identity: number): number[] {
    return this.groupsOf(identity).flatMap(({ hits }) =>
      hits.map(({ row }) => row).filter((row) => !this.isFiled(row)),
    );
  }

  /** Hits were removed: they are not filed. Part of the transaction. */
  remove(hits: readonly { id: number; identity: number }[]): void {
    const rows = new Set(hits.map(({ id }) => id));
    for (const identity of new Set(hits.map((hit) => hit.identity))) this.removeOf(identity, rows);
  }

  /** Files all that waits; part of the caller's transaction. */
  fileAll(): void {
    this.fileUpTo(Infinity);
  }

  /** After a rolled back transaction: what was learned is not in the store. */
  forget(): void {
    this.groups = undefined;
    this.round = undefined;
  }

  private removeOf(identity: number, rows: ReadonlySet<number>): void {
    const isLeft = ({ row }: Waiting): boolean => !rows.has(row);
    const group = this.load().get(identity);
    if (group) {
      const hits = group.hits.filter(isLeft);
      this.count -= group.hits.length - hits.length;
      group.hits = hits;
      if (!hits.length) this.groups!.delete(identity);
    }
    const filing = this.round?.groups.get(identity);
    if (!this.round || !filing) return;
    const { identities, at, hit } = this.round;
    if (identities[at] === identity) this.round.hit = filing.hits.slice(0, hit).filter(isLeft).length;
    filing.hits = filing.hits.filter(isLeft);
  }

  private begin(): Round {
    const groups = this.groups!;
    const identities = Float64Array.from(groups.keys()).sort();
    this.groups = new Map();
    this.count = 0;
    this.begun += 1;
    this.texts.beginRound();
    return { groups, identities, at: 0, hit: 0, end: this.lastRow };
  }

  private fileOf(round: Round, most: number): number {
    let filed = 0;
    const entries: FiledEntry[] = [];
    for (; round.at < round.identities.length && filed < most; round.at++, round.hit = 0) {
      const identity = round.identities[round.at]!;
      const { hits } = round.groups.get(identity)!;
      for (; round.hit < hits.length && filed < most; round.hit++, filed++) {
        const { row, sent, hash } = hits[round.hit]!;
        if (!this.unfilable.has(row)) entries.push([identity, sent, hash, row]);
        if (entries.length === AT_ONCE) this.insertEntries(entries.splice(0));
      }
      if (round.hit < hits.length) break;
    }
    this.insertEntries(entries);
    if (round.at < round.identities.length) return filed;
    this.texts.endRound();
    this.advance.run(round.end);
    this.filedRow = round.end;
    this.round = undefined;
    return filed;
  }

  /** @throws DamagedIndex where they belong on a page that cannot be read; the next time, the one that does is left out */
  private insertEntries(entries: FiledEntry[]): void {
    if (entries.length === AT_ONCE && !this.careful) {
      this.inserting(() => this.insertSome.run(...entries.flat()));
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
      if (!isDamage(error)) throw error;
      this.careful = true;
      onDamage();
      throw new DamagedIndex('A page of the index by identity cannot be read.', { cause: error });
    }
  }

  /** The groups of an identity, the latest first. */
  private groupsOf(identity: number): Group[] {
    const group = this.load().get(identity);
    const filing = this.round?.groups.get(identity);
    return group ? (filing ? [group, filing] : [group]) : filing ? [filing] : [];
  }

  private isOf(row: number, hitId: string): boolean {
    return (this.idOf.get(row) as { hitId: string | null } | undefined)?.hitId === hitId;
  }

  /**
   * The groups; read from the store where it is not known what it has. A transaction that meets a page that cannot be read
   * writes nothing any more, so this is called before it begins.
   */
  load(): Groups {
    if (this.groups) return this.groups;
    try {
      return this.read();
    } catch (error) {
      // With a part of what waits, repeats would be stored, and numbers of rows given twice.
      this.forget();
      throw error;
    }
  }

  private read(): Groups {
    const groups: Groups = new Map();
    this.groups = groups;
    this.count = 0;
    this.texts.forgetUses();
    const { filed } = this.filed.get() as { filed: number };
    this.filedRow = filed;
    this.lastRow = Math.max(filed, this.newest());
    for (const row of this.unfiledBehind(filed)) {
      // What was before them, nobody remembers: it is looked up.
      this.add(row.identity, Infinity, { row: row.id, sent: row.sent, hash: hashOfId(row.hitId) });
      this.texts.noteUses(codesIn(row));
    }
    return groups;
  }

  /** Rows behind one, without those on pages that cannot be read. */
  private *unfiledBehind(filed: number): Generator<UnfiledRow> {
    for (let last = filed; last < this.lastRow;) {
      const end = Math.min(last + ROWS_AT_ONCE, this.lastRow);
      // A statement that is read row by row, and meets a damaged page, is in the way of every write.
      const rows = readable(() => this.unfiled.all(last, end) as UnfiledRow[]);
      if (rows) yield* rows;
      else
        for (let id = last + 1; id <= end; id++)
          yield* readable(() => this.unfiled.all(id - 1, id) as UnfiledRow[]) ?? [];
      last = end;
    }
  }
}
