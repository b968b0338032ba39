/** A query or form body as it was read: names and values in their order, repeats included. */
export interface Query {
  pairs: [name: string, value: string][];
  /** False where a percent escape was none (`%zz`) or its bytes were not UTF-8; read as browsers read it. */
  wellFormed: boolean;
}

/**
 * Reads a query string or a form body (reference section 8.1): `+` and `%20` are spaces, empty parameters
 * (`a=1&&b=2`) are passed over, a parameter without `=` has an empty value. Never throws: what
 * decodeURIComponent refuses is read by the platform's own forgiving parser, which leaves a broken escape
 * as it stands and puts U+FFFD for bytes that are not UTF-8
 * (https://url.spec.whatwg.org/#urlencoded-parsing).
 */
export function decodeQuery(query: string): Query {
  const result: Query = { pairs: [], wellFormed: true };
  for (const part of query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    const value = equals < 0 ? '' : part.slice(equals + 1);
    result.pairs.push([decodeText(name, result), decodeText(value, result)]);
  }
  return result;
}

function decodeText(raw: string, result: Query): string {
  const spaced = raw.includes('+') ? raw.replaceAll('+', ' ') : raw;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    result.wellFormed = false;
    return new URLSearchParams('v=' + spaced).get('v') ?? '';
  }
}
