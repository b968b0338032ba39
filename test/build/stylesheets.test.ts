import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const FOLDER = 'server/lib/dashboard';
const sheets = readdirSync(FOLDER).filter((file) => file.endsWith('.css'));

// Each page has a stylesheet of its own, without the styles of components that it does not have. Their colours may be missing as well.
test.each(sheets)('%s has the colours and sizes that its styles name', (sheet) => {
  const styles = readFileSync(`${FOLDER}/${sheet}`, 'utf8');
  const named = (pattern: RegExp): Set<string> => new Set([...styles.matchAll(pattern)].map(([, name]) => name!));
  const set = named(/(--[\w-]+):/g);
  expect([...named(/var\((--[\w-]+)\)/g)].filter((name) => !set.has(name))).toEqual([]);
});
