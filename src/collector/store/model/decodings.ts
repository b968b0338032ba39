/** How often a text is decoded again: a URL inside a URL is encoded twice. */
const ROUNDS = 3;

/**
 * Every way in which a refused request can be read, beginning with the text itself. Its sender is unknown, so `+` is read as a
 * space and as a plus, and bytes that are not UTF-8 as windows-1252. Percent escapes in upper and lower case, `%u00e9` of old
 * scripts, and escapes of JSON are decoded, several times if they were nested.
 */
export function decodingsOf(text: string): Iterable<string> {
  const decodings = new Set([text]);
  let latest = [text];
  for (let round = 0; round < ROUNDS && latest.length; round++) {
    const before = latest;
    latest = [];
    for (const decode of [asForm, asText, asForm1252, asText1252, asJson]) {
      for (const reading of before.map(decode)) {
        if (decodings.has(reading)) continue;
        decodings.add(reading);
        latest.push(reading);
      }
    }
  }
  return decodings;
}

/** The text without an incomplete escape at its end, which a cut has left. */
export function withoutTornEscape(text: string): string {
  return text.replace(/(?:%(?:u[0-9a-f]{0,3}|[0-9a-f]?)|\\(?:u[0-9a-f]{0,3})?|[\ud800-\udbff]|\ufffd)+$/i, '');
}

/** U+FEFF at the beginning is part of a text here: it is not the beginning of a file. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const windows1252 = new TextDecoder('windows-1252');

function asForm(text: string): string {
  return percentDecoded(text.replaceAll('+', ' '), utf8);
}

function asText(text: string): string {
  return percentDecoded(text, utf8);
}

function asForm1252(text: string): string {
  return percentDecoded(text.replaceAll('+', ' '), windows1252);
}

function asText1252(text: string): string {
  return percentDecoded(text, windows1252);
}

function percentDecoded(text: string, decoder: TextDecoder): string {
  if (!text.includes('%')) return text;
  return text
    .replace(/%u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    .replace(/(?:%[0-9a-f]{2})+/gi, (bytes) => decoder.decode(Buffer.from(bytes.replaceAll('%', ''), 'hex')));
}

const JSON_ESCAPES: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

function asJson(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(?:u([0-9a-f]{4})|(["\\/bfnrt]))/gi, (_, hex?: string, letter?: string) =>
    hex === undefined ? (JSON_ESCAPES[letter!] ?? letter!) : String.fromCharCode(parseInt(hex, 16)),
  );
}
