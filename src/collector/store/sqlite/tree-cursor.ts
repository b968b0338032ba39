import type { TreePage } from './page.js';
import { compareKeys, type Key } from './record.js';

/** More levels than a valid tree can have. A damaged tree may contain a cycle. */
const MOST_LEVELS = 20;

interface Level {
  page: TreePage;
  /** The index of the child page. */
  at: number;
}

/** Moves through the leaves of a tree, in the order of keys. */
export class TreeCursor {
  /** The current leaf. */
  leaf!: TreePage;
  private readonly path: Level[] = [];

  constructor(
    private readonly page: (number: number) => TreePage,
    private readonly root: number,
  ) {}

  /** Moves to the first leaf. */
  first(): this {
    this.path.length = 0;
    return this.descend(this.root, () => 0);
  }

  /** Moves to the leaf that contains a key, or would contain it. */
  seek(key: Key): this {
    this.path.length = 0;
    return this.descend(this.root, (page) => {
      let [from, to] = [0, page.cells];
      while (from < to) {
        const middle = Math.floor((from + to) / 2);
        if (compareKeys(key, page.key(middle)) <= 0) to = middle;
        else from = middle + 1;
      }
      return from;
    });
  }

  /** @returns false if the current leaf is the last one */
  next(): boolean {
    return this.move(1, () => 0);
  }

  /** @returns false if the current leaf is the first one */
  previous(): boolean {
    return this.move(-1, (page) => page.cells);
  }

  /** Visits the siblings of the pages on the path to the current leaf. */
  visitBeside(pages: number): void {
    for (const { page, at } of this.path) {
      const end = Math.min(page.cells, at + pages);
      for (let child = Math.max(0, at - pages); child <= end; child++) this.page(page.child(child));
    }
  }

  private move(by: 1 | -1, turn: (page: TreePage) => number): boolean {
    const level = this.path.findLastIndex(({ page, at }) => at + by >= 0 && at + by <= page.cells);
    if (level < 0) return false;
    this.path.length = level + 1;
    const { page, at } = this.path[level]!;
    this.path[level]!.at = at + by;
    this.descend(page.child(at + by), turn);
    return true;
  }

  private descend(number: number, turn: (page: TreePage) => number): this {
    let page = this.page(number);
    while (!page.isLeaf && this.path.length < MOST_LEVELS) {
      const at = turn(page);
      this.path.push({ page, at });
      page = this.page(page.child(at));
    }
    this.leaf = page;
    return this;
  }
}
