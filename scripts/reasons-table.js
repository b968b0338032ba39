// Writes the table of reasons into docs/hits.md, from the built src/protocol/reasons.ts.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DOCUMENT = fileURLToPath(new URL('../docs/hits.md', import.meta.url));

/** The document, with the current table between its two marks. */
export function withTable(document, reasons) {
  const rows = Object.entries(reasons).map(
    ([code, { outcome, sentence, advice }]) => `| \`${code}\` | ${outcome} | ${sentence} | ${advice} |`,
  );
  const table = ['| code | | what the owner is told | what to do |', '|---|---|---|---|', ...rows].join('\n');
  return document.replace(
    /(<!-- reasons -->\n)[^]*(<!-- \/reasons -->)/,
    (_, begin, end) => `${begin}${table}\n${end}`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { REASONS } = await import('../server/lib/protocol/reasons.js');
  writeFileSync(DOCUMENT, withTable(readFileSync(DOCUMENT, 'utf8'), REASONS));
}
