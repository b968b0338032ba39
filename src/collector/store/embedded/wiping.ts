import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import type { Database, Statement } from '../sqlite/database.js';
import type { DiskSpace } from '../sqlite/disk-space.js';
import { isDiskFull, DiskFull } from '../sqlite/errors.js';
import type { LogTruncation } from '../sqlite/log-truncation.js';
import type { TreePage } from '../sqlite/page.js';
import { compareKeys, type Key } from '../sqlite/record.js';
import { TreeCursor } from '../sqlite/tree-cursor.js';
import type { UnusedSpace, Visit } from '../sqlite/unused-space.js';
import { isIndex, TREES, type Place, type Tree } from './remains.js';
import type { EmbeddedWriter } from './writer.js';

/** How many pages are read together, and below, how long that may take. Arriving hits wait for it. */
const PAGES_PER_STEP = 1000;
const STEP_MS = 10;
/** A valid tree never has so many pages between two places that are visited together. */
const MOST_MOVES = 10_000;
/** The pause before another attempt, if another connection uses the file, or after an error. */
const RETRY_MS = 1000;

/**
 * How many pages are visited on each side of a removed row. SQLite moves rows between three neighbours at a time, so copies are
 * near. Rows are added at the end of a table, so no new page comes between a row and its copy; texts of an index come in any order,
 * so new pages may come between.
 */
const NEIGHBOURS = { table: 4, index: 32 };

interface WipingParts {
  db: Database;
  writer: EmbeddedWriter;
  diskSpace: DiskSpace;
  log: LogTruncation;
  space: UnusedSpace;
  onError: (error: unknown) => void;
}

/** The position in the search through all pages. */
interface Position {
  tree: number;
  key: Key | undefined;
}

/**
 * Overwrites copies of removed data, which SQLite leaves in the unused space of pages (unused-space.ts). Usually it visits the
 * pages around each place where something was removed, so that its cost depends on the size of the removal. If the places are not
 * known, after an upgrade or a kill during a removal, it visits all pages with texts of people once. Pages that are damaged or that the
 * disk cannot read are skipped: a reader that needs them reports them.
 */
export class Wiping {
  private readonly rootOf: Statement;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  /** Whether the search through all pages may begin. It waits for the end of an upgrade, which makes more pages. */
  private isReady = false;
  /** Whether the search through all pages is running. */
  private isLookingThrough = false;

  constructor(private readonly parts: WipingParts) {
    this.rootOf = parts.db.prepare('SELECT rootpage AS root FROM sqlite_schema WHERE name = ?');
  }

  /**
   * Overwrites copies on the pages around removed rows.
   * @returns whether that was done and the write-ahead log has no copies any more; false if a reader uses that log for long, or the
   *   disk is full
   * @throws the system's error if a page cannot be written; the next call does the rest
   */
  async wipe(): Promise<boolean> {
    const { log, space } = this.parts;
    const { remains } = this.parts.writer;
    if (!(await log.soon())) return false;
    let places = inOrder(remains.take());
    const isAny = places.length > 0;
    while (places.length) {
      let done = 0;
      const step = (): boolean => this.attempt((visit, isEnough) => (done = this.wipeSome(places, visit, isEnough)));
      try {
        if (this.stopping.signal.aborted || (!step() && !((await log.soon()) && step()))) return false;
      } finally {
        if (!done) remains.giveBack(places);
      }
      places = places.slice(done);
      await turn();
    }
    if (isAny) await space.sync();
    this.clear();
    if (this.isReady) this.start();
    return true;
  }

  /** Overwrites copies on all pages in the background, if that is necessary. */
  start(): void {
    this.isReady = true;
    const { remains } = this.parts.writer;
    if (this.running || !remains.isAnywhere) return;
    this.running = this.wipeAll()
      .catch((error: unknown) => {
        // The next removal begins it again.
        this.isLookingThrough = false;
        remains.isAnywhere = true;
        this.parts.onError(error);
      })
      .finally(() => (this.running = undefined));
  }

  /** Stops. The next start does the rest. */
  async close(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async wipeAll(): Promise<void> {
    const { space, writer } = this.parts;
    // Meanwhile there may be more removals whose places are not known.
    while (writer.remains.isAnywhere) {
      writer.remains.isAnywhere = false;
      this.isLookingThrough = true;
      let position: Position | undefined = { tree: 0, key: undefined };
      while (position) {
        const began = performance.now();
        const from: Position = position;
        const isDone = this.attempt((visit, isEnough) => (position = this.wipeOn(from, visit, isEnough)));
        // Arriving hits get as much time as this work.
        const wait = isDone ? performance.now() - began : RETRY_MS;
        await pause(wait, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
        if (this.stopping.signal.aborted) return;
      }
      await space.sync();
      this.isLookingThrough = false;
    }
    this.clear();
  }

  /** @returns whether it was done */
  private attempt(work: (visit: Visit, isEnough: () => boolean) => void): boolean {
    try {
      return this.parts.space.attempt((visit, visited) => {
        const end = performance.now() + STEP_MS;
        work(visit, () => visited() >= PAGES_PER_STEP || performance.now() >= end);
      });
    } catch (error) {
      // Some file systems need free space to change a file.
      if (!isDiskFull(error)) throw error;
      return false;
    }
  }

  /** @returns how many places were wiped, at least one */
  private wipeSome(places: readonly Place[], visit: Visit, isEnough: () => boolean): number {
    const centers = new Set<TreePage>();
    let done = 0;
    do {
      this.wipeAround(places[done]!, visit, centers);
      done += 1;
    } while (done < places.length && !isEnough());
    return done;
  }

  private wipeAround({ tree, from, to }: Place, visit: Visit, centers: Set<TreePage>): void {
    const most = isIndex(tree) ? NEIGHBOURS.index : NEIGHBOURS.table;
    const root = this.root(tree);
    if (root === undefined) return;
    const { leaf: last } = new TreeCursor(visit, root).seek(to);
    const cursor = new TreeCursor(visit, root).seek(from);
    if (cursor.leaf === last && centers.has(last)) return;
    centers.add(last);
    // Inner pages of an index have entries, too.
    if (isIndex(tree)) cursor.visitBeside(NEIGHBOURS.table);
    for (let pages = 0; pages < most && cursor.previous(); pages++);
    cursor.seek(from);
    for (let pages = 0; pages < MOST_MOVES && cursor.leaf !== last && cursor.next(); pages++);
    for (let pages = 0; pages < most && cursor.next(); pages++);
  }

  /** @returns where to continue; undefined at the end */
  private wipeOn({ tree, key }: Position, visit: Visit, isEnough: () => boolean): Position | undefined {
    const name = TREES[tree];
    if (!name) return undefined;
    const root = this.root(name);
    const next = { tree: tree + 1, key: undefined };
    if (root === undefined) return next;
    const cursor = new TreeCursor(visit, root);
    if (key) cursor.seek(key);
    else cursor.first();
    for (let pages = 0; pages < MOST_MOVES && cursor.next(); pages++) {
      const { leaf } = cursor;
      if (!isEnough() || !leaf.cells) continue;
      const reached = leaf.key(leaf.cells - 1);
      if (!key || compareKeys(reached, key) > 0) return { tree, key: copyOf(reached) };
    }
    return next;
  }

  private root(tree: Tree): number | undefined {
    return (this.rootOf.get(tree) as { root: number } | undefined)?.root;
  }

  private clear(): void {
    const { log, writer, diskSpace } = this.parts;
    if (!writer.remains.isDone || this.isLookingThrough) return;
    try {
      diskSpace.spend(() => writer.transaction(() => writer.remains.clear()));
      // The write-ahead log contains only this change; an empty one makes the change visible in the file itself.
      log.attempt();
    } catch (error) {
      // The only cost is that the next start searches all pages.
      if (!(error instanceof DiskFull)) throw error;
    }
  }
}

/** A copy of a key, so that the whole page is not kept in memory. */
function copyOf(key: Key): Key {
  return key.map((column) => (column instanceof Buffer ? Buffer.from(column) : column));
}

/** Sorts places, so that neighbours are visited together. */
function inOrder(places: Place[]): Place[] {
  return places.sort((a, b) => (a.tree < b.tree ? -1 : a.tree > b.tree ? 1 : compareKeys(a.from, b.from)));
}
