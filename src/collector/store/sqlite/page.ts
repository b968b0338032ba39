import { keyInRecord, varint, type Key } from './record.js';

const INTERIOR_OF_INDEX = 2;
const INTERIOR_OF_TABLE = 5;
const LEAF_OF_INDEX = 10;
const LEAF_OF_TABLE = 13;

/** The smallest size of a cell. */
const LEAST_CELL_BYTES = 4;

/**
 * A page of the b-tree of a table or an index (https://www.sqlite.org/fileformat2.html#b_tree_pages): a header, the offsets of
 * the cells, unused space, and the cells. The first page of a file has another header, and is never read by this class.
 */
export class TreePage {
  readonly isLeaf: boolean;
  readonly cells: number;
  /** The unused space, between the offsets of the cells and the first cell. */
  readonly unused: { start: number; end: number };
  private readonly isOfTable: boolean;
  private readonly header: number;

  /** @param usable bytes of a page, from its beginning */
  constructor(
    private readonly bytes: Buffer,
    private readonly usable: number,
  ) {
    const type = bytes[0]!;
    this.isLeaf = type === LEAF_OF_TABLE || type === LEAF_OF_INDEX;
    this.isOfTable = type === LEAF_OF_TABLE || type === INTERIOR_OF_TABLE;
    this.header = this.isLeaf ? 8 : 12;
    this.cells = bytes.readUInt16BE(3);
    this.unused = { start: this.header + 2 * this.cells, end: bytes.readUInt16BE(5) || 65_536 };
  }

  /** Whether the page is well-formed: then no byte of the unused space belongs to anything else. */
  isWhole(): boolean {
    const { bytes, unused, usable } = this;
    if (![INTERIOR_OF_INDEX, INTERIOR_OF_TABLE, LEAF_OF_INDEX, LEAF_OF_TABLE].includes(bytes[0]!)) return false;
    if (unused.start > unused.end || unused.end > usable) return false;
    const firstFreed = bytes.readUInt16BE(1);
    if (firstFreed !== 0 && firstFreed < unused.end) return false;
    for (let cell = 0; cell < this.cells; cell++) {
      const place = this.place(cell);
      if (place < unused.end || place > usable - LEAST_CELL_BYTES) return false;
    }
    return true;
  }

  /** The number of a child page: the one left of a cell, or at the end the one right of all cells. */
  child(at: number): number {
    return this.bytes.readUInt32BE(at === this.cells ? 8 : this.place(at));
  }

  /** The key of a cell; of a damaged cell, a key that equals all others. */
  key(cell: number): Key {
    try {
      const place = this.place(cell) + (this.isLeaf ? 0 : 4);
      if (this.isOfTable && !this.isLeaf) return [varint(this.bytes, place).value];
      const length = varint(this.bytes, place);
      if (this.isOfTable) return [varint(this.bytes, length.end).value];
      const end = Math.min(length.end + this.localBytes(length.value), this.usable);
      return keyInRecord(this.bytes.subarray(length.end, end));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return [];
    }
  }

  private place(cell: number): number {
    return this.bytes.readUInt16BE(this.header + 2 * cell);
  }

  /** How many bytes of an index entry are on its page; the rest of a long entry is on other pages. */
  private localBytes(length: number): number {
    const most = Math.floor(((this.usable - 12) * 64) / 255) - 23;
    if (length <= most) return length;
    const least = Math.floor(((this.usable - 12) * 32) / 255) - 23;
    const local = least + ((length - least) % (this.usable - 4));
    return local <= most ? local : least;
  }
}

/** A leaf without a cell. */
export const EMPTY = new TreePage(Buffer.from([LEAF_OF_TABLE, 0, 0, 0, 0, 0, 8, 0]), 8);

/** @returns undefined if the page is not of a b-tree, or is damaged */
export function treePage(bytes: Buffer, usable: number): TreePage | undefined {
  const page = new TreePage(bytes, usable);
  return page.isWhole() ? page : undefined;
}
