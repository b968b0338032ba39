/**
 * A text as a literal. Every byte is written as `\xHH` (https://clickhouse.com/docs/sql-reference/syntax#string), so
 * the literal contains only hexadecimal escapes, whatever the text is. Query parameters would need a newer server than
 * 18.16.
 */
export function text(value: string): string {
  return `'${Buffer.from(value, 'utf8').toString('hex').replace(/../g, '\\x$&')}'`;
}

/** A list of texts, for `IN`. @throws RangeError for an empty list, which is invalid in SQL */
export function texts(values: Iterable<string>): string {
  const list = [...values].map(text);
  if (!list.length) throw new RangeError('An empty list has no literal.');
  return `(${list.join(',')})`;
}

/** A whole number as a literal. @throws RangeError for anything else */
export function number(value: number): string {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a safe integer.`);
  return String(value);
}

/** SQL: the rows of some identities of a site. */
export function these(key: string, identities: Iterable<string>): string {
  return `site = ${text(key)} AND identity IN ${texts(identities)}`;
}

/** The numbers of identities, a subquery. */
export function numbersOf(key: string, identities: readonly string[]): string {
  return `(SELECT sipHash64(${text(key)}, arrayJoin([${identities.map(text).join(',')}])))`;
}

/** A long list in pieces of at most so many elements: a statement that names all of them would be too long. */
export function* piecesOf<T>(list: readonly T[], most: number): Generator<T[]> {
  for (let at = 0; at < list.length; at += most) yield list.slice(at, at + most);
}
