import sql, { type Sql } from 'sql-template-tag';

/** URLs in values of properties. The patterns and the SQL around them are the same for all engines. */

/** What the SQL needs, in the words of an engine. */
export interface TextFunctions {
  /** The first match of a pattern, or its group 1 if `group` is 1; empty if there is none. */
  extract: (value: Sql, pattern: string, group?: 1) => Sql;
  contains: (value: Sql, part: string) => Sql;
  /** A value with the first match of a pattern replaced by its group 1, or by nothing. */
  replaced: (value: Sql, pattern: string, by: 'group 1' | 'nothing') => Sql;
  lower: (value: Sql) => Sql;
}

const SCHEME = '^[A-Za-z][A-Za-z0-9+.-]*://';
const UP_TO_PATH = `${SCHEME}[^/?#]+[^?#]*`;
/** The authority has the host between a user with `@` and a port. */
const AUTHORITY = `${SCHEME}([^/?#]+)`;
const HOST_OF_AUTHORITY = '^(?s:(?:.*@)?(.*?)(?::[0-9]*)?)$';

// A pattern that matches only the beginning of a value, instead of all of it, takes a third to a seventh of the time.

/** A URL without query and fragment. A value that is no URL is not changed. */
export function pathIn(value: Sql, { extract }: TextFunctions): Sql {
  const path = extract(value, UP_TO_PATH);
  return sql`CASE WHEN ${path} <> '' THEN ${path} ELSE ${value} END`;
}

/** The host of a URL in lower case, without port and `www.`. A value that is no URL is not changed. */
export function domainIn(value: Sql, { extract, contains, replaced, lower }: TextFunctions): Sql {
  const authority = extract(value, AUTHORITY, 1);
  const hasMore = sql`${contains(authority, ':')} OR ${contains(authority, '@')}`;
  const host = sql`CASE WHEN ${hasMore} THEN ${replaced(authority, HOST_OF_AUTHORITY, 'group 1')} ELSE ${authority} END`;
  return sql`CASE WHEN ${authority} <> '' THEN ${replaced(lower(host), '^www[.]', 'nothing')} ELSE ${value} END`;
}
