/**
 * The key by which a tree is sorted: the number of a row, or the columns of an index. The first columns alone are a valid key, too.
 */
export type Key = readonly Column[];

type Column = number | Buffer | null;

/** @throws RangeError if the bytes end within the number */
export function varint(bytes: Buffer, at: number): { value: number; end: number } {
  let value = 0;
  for (let end = at; end < at + 8; end++) {
    const byte = bytes.readUInt8(end);
    value = value * 128 + (byte & 0x7f);
    if (byte < 128) return { value, end: end + 1 };
  }
  return { value: value * 256 + bytes.readUInt8(at + 8), end: at + 9 };
}

/** The length of an integer, by its serial type. */
const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8];

/**
 * The columns of a record (https://www.sqlite.org/fileformat2.html#record_format). If a record continues on another page, only the
 * columns that begin on this page; the last of them is a part of its text.
 * @throws RangeError for a damaged record
 */
export function keyInRecord(record: Buffer): Key {
  const header = varint(record, 0);
  const columns: Column[] = [];
  let at = header.value;
  for (let next = header.end; next < header.value && at <= record.length;) {
    const { value: type, end } = varint(record, next);
    next = end;
    if (type >= 12) {
      const length = (type - (type % 2 ? 13 : 12)) / 2;
      columns.push(record.subarray(at, at + length));
      at += length;
    } else {
      const bytes = INTEGER_BYTES[type] ?? 0;
      columns.push(integer(record, at, type, bytes));
      at += type === 7 ? 8 : bytes;
    }
  }
  return columns;
}

function integer(record: Buffer, at: number, type: number, bytes: number): number | null {
  if (type === 8 || type === 9) return type - 8;
  if (bytes === 0) return null;
  return bytes === 8 ? Number(record.readBigInt64BE(at)) : record.readIntBE(at, bytes);
}

/** Compares the columns that both keys have. Null sorts before numbers, numbers before texts, and texts sort by their bytes. */
export function compareKeys(one: Key, other: Key): number {
  for (let column = 0; column < Math.min(one.length, other.length); column++) {
    const order = compare(one[column]!, other[column]!);
    if (order !== 0) return order;
  }
  return 0;
}

function compare(one: Column, other: Column): number {
  if (one instanceof Buffer && other instanceof Buffer) return one.compare(other);
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return rank(one) - rank(other);
}

function rank(column: Column): number {
  return column === null ? 0 : typeof column === 'number' ? 1 : 2;
}
