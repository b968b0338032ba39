/*
 * Makes test/collector/data/schema-5.db, a store in the form of the last version with schema 5, and schema-5.json, the answers
 * of that version. Run it with that version's Node, in a folder where that version (commit 6c8b5a7) is built:
 *
 *   cd kmq-of-schema-5 && node_modules/.bin/node …/test/support/make-schema-5.ts
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import type { Counting } from '../../src/collector/store/store.js';
import type { answersOf as AnswersOf } from './stored-answers.js';

const T = 1_400_000_000;
const folder = mkdtempSync(join(tmpdir(), 'schema-5-'));

type Members = Record<string, string | number>;

function address(path: string, members: Members, key = 'site'): string {
  const all = Object.entries({ _k: key, ...members });
  return `${path}?${all.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')}`;
}

/** An id in the form of the tracker's ids. */
const idOf = (n: number): string => `${(T * 1000 + n) * 1000 + (n % 1000)}AbCdEfGh${String(n % 100).padStart(2, '0')}`;

let count = 0;
const event = (person: string, name: string, second: number | undefined, more: Members = {}, key?: string): string =>
  address('/e', { _p: person, _n: name, ...(second !== undefined && { _t: T + second, _d: 1 }), ...more }, key);
const alias = (person: string, other: string, second: number): string =>
  address('/a', { _p: person, _n: other, _t: T + second, _d: 1, _i: idOf(count++) });

const properties = (count: number, length: number): Members =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`property ${n}`, `${n} ${'x'.repeat(length)}`]));

/** Frequent names and values, and texts that could be mistaken for something else. */
const often = (n: number): Members => ({
  'Viewed URL': `https://shop.example/product/${n % 5}`,
  Referrer: 'Direct',
  plan: n % 2 ? 'professional' : 'basic',
});
const ODD: Members = {
  ...{ number: '12', 7: 'a name of a digit', '1234': '5678', json: '[["a",1]]', 'be],[tween': '"],["', quoted: '"' },
  ...{ backslash: '\\', 'new\nline': 'a\r\nb\tc', zero: 'a\0bcde', control: '\u0001\u0002\u0003\u0004\u0005' },
  ...{ '🦊 fox': '🦊🦊🦊', empty: '', long: 'y'.repeat(200), longer: 'z'.repeat(201), null: 'null', float: '1e3' },
  ...{ ümlaut: 'groß', 日本: '日本語のテキスト', line: '\u2028', proto: '__proto__', __proto: 'constructor' },
};

const hits: string[] = [
  // Each mark of a repeat: with ids and without, in both orders, in other case, and again with the same id.
  event('marks', 'Bought', 1, { _i: 'order-1' }),
  event('marks', 'Bought', 1, { _i: 'order-1' }),
  event('marks', 'bought', 1, { _i: 'order-2' }),
  event('marks', 'BOUGHT', 1),
  event('marks', 'Bought', 1),
  event('marks', 'Bought', 1, { _i: 'order-3' }),
  event('marks', 'Sold', 2),
  event('marks', 'Sold', 2),
  event('marks', 'Sold', 2, { _i: 'order-4' }),
  event('marks', 'Later', 90),
  event('marks', 'Sold', 2),
  // Without a time; dated and not; with a time before 1970 that is not the time of the event.
  event('timeless', 'Seen', undefined),
  event('timeless', 'Seen', undefined),
  event('timeless', 'Seen', undefined, { _i: 'without-time' }),
  event('timeless', 'Seen', undefined, { _i: 'without-time' }),
  address('/e', { _p: 'timeless', _n: 'Undated', _t: T + 5, _i: idOf(count++) }),
  address('/e', { _p: 'timeless', _n: 'Early', _t: -5, _i: idOf(count++) }),
  address('/e', { _p: 'timeless', _n: 'Zero', _t: 0, _i: 'zero' }),
  // Several hits in one second.
  ...Array.from({ length: 12 }, (_, n) => event('fast', `Step ${n % 4}`, 10, n % 3 ? { _i: idOf(count++) } : {})),
  ...Array.from({ length: 60 }, (_, n) =>
    event(`p${n % 12}@example.com`, 'Visited Site', n, { _i: idOf(count++), ...often(n) }),
  ),
  ...Array.from({ length: 12 }, (_, n) => event(`p${n % 4}`, 'Visited Site', n, { ...often(n) }, 'other')),
  address('/s', { _p: 'p1@example.com', _t: T + 70, _d: 1, _i: idOf(count++), plan: 'enterprise' }),
  address('/s', { _p: 'p1@example.com', 'Last Seen': 'today' }),
  event('odd', 'Odd values', 20, ODD),
  event('odd', 'Odd values', 21, { ...ODD, _i: idOf(count++) }),
  event('Ümlaut@example.com', 'Größe gewählt', 22, { Größe: 'groß', _i: 'ünïcode-id' }),
  event('日本太郎', '購入', 23, { 商品: '🦊', _i: idOf(count++) }),
  event('12', '34', 24, { _i: '56' }),
  event('secret-identity', 'Secret Event', 25, { 'secret-name': 'secret-value', plan: 'basic' }),
  event('secret-identity', 'Secret Event', 26, { 'secret-name': 'secret-value', _i: 'secret-hit-id' }),
  event('large', 'Large', 30, { ...properties(13, 8000), _i: idOf(count++) }),
  event('large', 'Many', 31, { ...properties(1000, 4), _i: idOf(count++) }),
  // Warnings, and refused requests.
  event('null', 'Placeholder', 40),
  event('warned', 'x'.repeat(300), 41, { [`${'n'.repeat(300)}`]: 'cut', Plan: 'a', plan: 'b' }),
  address('/e', { _p: 'warned', _n: 'From the future', _t: 9_999_999_999, _d: 1 }),
  event('', 'Nobody', 42),
  event('secret-identity', '', 43),
  address('/e', { _p: 'refused', _n: 'No key' }, ''),
  // A person with many identities, and a chain of aliases.
  ...Array.from({ length: 70 }, (_, n) => alias('wide', `wide-${n}`, 100 + n)),
  event('wide-3', 'Of wide', 200),
  event('wide-60', 'Of wide', 201, { _i: idOf(count++) }),
  ...Array.from({ length: 6 }, (_, n) => alias(`chain-${n}`, `chain-${n + 1}`, 300 + n)),
  event('chain-0', 'First', 310),
  event('chain-6', 'Last', 311, { _i: 'last-of-chain' }),
  // Long ago: hits that retention removes.
  ...Array.from({ length: 8 }, (_, n) =>
    event(`old-${n % 3}`, 'Long ago', n - 100_000_000, n % 2 ? { _i: idOf(count++) } : often(n)),
  ),
];

/** Data that only an import can store: halves of surrogate pairs, sentences instead of codes. */
function imported(): string {
  const line = {
    key: 'site',
    person: 'imported',
    kind: 'event',
    sent: T,
    received: T + 1,
    warnings: ['As it was said.'],
  };
  const text = [
    { kmq: 'export', version: 1 },
    {
      ...line,
      name: 'Half \ud83d',
      time: T,
      id: 'half-1',
      properties: [
        ['half \ude00', 'of \ud83d'],
        ['whole', '😀'],
      ],
    },
    {
      ...line,
      name: 'Half \ud83d',
      time: T + 1,
      sent: T + 1,
      id: 'half-2',
      properties: [['half \ude00', 'of \ud83d']],
    },
    { ...line, name: 'Imported', time: T, sent: null, id: null, properties: [] },
  ];
  return text.map((one) => JSON.stringify(one) + '\n').join('');
}

async function serve(): Promise<void> {
  const child = spawn(process.execPath, ['server/bin/kmq.js', 'serve', '--port', '0', '--data', folder]);
  let origin = '';
  for await (const line of createInterface(child.stdout)) {
    origin = /^Start\s+(.*)\/$/.exec(line)?.[1] ?? '';
    if (origin) break;
  }
  for (const hit of hits) await (await fetch(origin + hit)).arrayBuffer();
  // The index of the search is written after the commits.
  await pause(3000);
  child.kill('SIGTERM');
  await once(child, 'close');
}

const lines = join(folder, 'imported.jsonl');
writeFileSync(lines, imported());
const { status, stderr } = spawnSync(process.execPath, [
  'server/bin/kmq.js',
  'import',
  lines,
  '--data',
  folder,
  '--source',
  'of-before',
]);
if (status !== 0) throw new Error(String(stderr));
await serve();

const data = resolve(import.meta.dirname, '../collector/data');
copyFileSync(join(folder, 'kmq.db'), join(data, 'schema-5.db'));
const module = pathToFileURL(resolve('server/lib/collector/store/embedded/store.js')).href;
const before = (await import(module)) as { EmbeddedStore: typeof EmbeddedStore };
const answers = new URL('stored-answers.ts', import.meta.url).href;
const { answersOf } = (await import(answers)) as { answersOf: typeof AnswersOf };
let counting: Counting = 'auto';
const store = new before.EmbeddedStore({ folder, counting: () => counting });
const said = await answersOf(store, (by) => (counting = by));
await store.close();
writeFileSync(join(data, 'schema-5.json'), JSON.stringify(said, null, 1) + '\n');
rmSync(folder, { recursive: true });
