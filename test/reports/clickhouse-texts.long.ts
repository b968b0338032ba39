import { expect, test } from 'vitest';
import { csvOf } from '../../src/collector/reports/sheets/csv.js';
import type { ExportedHit, Store } from '../../src/collector/store/store.js';
import type { ReportKind, Reports } from '../../src/protocol/reports.js';
import { arrived } from '../support/arrived-hits.js';
import { KEY } from '../support/collector.js';
import { run } from '../support/transfer.js';
import { bothWith } from './both-stores.js';
import { errors, useClickHouse } from './clickhouse-stand.js';
import { NOW } from './engine-stand.js';

// Texts that other programs have read in another way, or could not read, as names, values and identities, and in questions: both stores
// give the same answers.

const newUrl = useClickHouse();

const DAYS = { from: '2026-09-01', to: '2026-09-30' };

const TEXTS: Record<string, string[]> = {
  'with quotes, backslashes and wildcards': [
    ...[
      '`',
      '"',
      "'",
      '\\',
      '\\\\',
      "\\'",
      '\\0',
      '\\N',
      '\\x41',
      '\\%',
      '%',
      '%%',
      'a%b',
      'a_b',
      'axb',
      '_',
      '?',
      '*',
      '[',
    ],
  ],
  'that look like parameters, SQL or templates': [
    ...[
      '{x:String}',
      '{p0:String}',
      '{p1:Int64}',
      '{',
      '{{',
      '${x}',
      ':x',
      '$1',
      '$&',
      '\\1',
      '@x',
      '#',
      '--',
      '/*',
      '*/',
      ';',
    ],
    ...[
      "'; DROP TABLE hits; --",
      '") OR 1=1 --',
      '`; SELECT',
      '[["a","b"]]',
      '{"a":"b"}',
      '],["',
      '<script>',
      '&amp;',
      '=1+1',
    ],
  ],
  'that look like numbers, times or nothing': [
    ...[
      '0',
      '-0',
      '1e3',
      '0x10',
      'NaN',
      'inf',
      '2026-09-01',
      '2026-09-01 00:00:00',
      '1970-01-01T00:00:00Z',
      '1790000000',
    ],
    ...[
      'NULL',
      'null',
      'Null',
      'true',
      'undefined',
      'toString',
      '__proto__',
      'constructor',
      'hasOwnProperty',
      ' ',
      '  ',
      ' a',
      'a ',
    ],
  ],
  'with control characters, and characters of other scripts': [
    ...[
      'a\0b',
      '\0',
      'a\tb',
      'a\nb',
      'a\r\nb',
      '\x01',
      '\x7f',
      '\u0085',
      '\u2028',
      '\ufeff',
      '\ufffd',
      '\uffff',
      '\u200b',
      '\u202e',
    ],
    ...[
      '😀',
      '\u{10ffff}',
      'e\u0301',
      'é',
      'שלום',
      'مرحبا',
      'İ',
      'ß',
      'ſ',
      'ς',
      '\u{1e921}',
      '字'.repeat(255),
      'a'.repeat(255),
    ],
  ],
};

async function exported(store: Pick<Store, 'export'>): Promise<Partial<ExportedHit>[]> {
  const hits: ExportedHit[] = [];
  for await (const hit of store.export(KEY)) hits.push(hit);
  return hits;
}

test.each(Object.entries(TEXTS))('texts %s', { timeout: 300_000 }, async (_, texts) => {
  const whoIs = (n: number): string => `${texts[n]!} who`;
  const hits = texts.flatMap((text, n) => [
    arrived({
      person: whoIs(n),
      event: text,
      time: NOW + n,
      properties: [
        ['Value', text],
        [text, 'set'],
      ],
      id: `id ${n}`,
    }),
    arrived({
      person: text,
      event: 'Came',
      time: NOW + 1000 + n,
      properties: [['Value', `x${text}y`]],
      id: `too ${n}`,
    }),
  ]);
  const url = newUrl();
  const { folder, embedded, store, raw, same, untilPeople } = await bothWith(url, hits);

  const whole = async (): Promise<void> => {
    // Names are spelled as in their first hits.
    await same('names', {});
    await same('breakdown', { ...DAYS, property: 'Value' });
    await same('overview', DAYS);
    expect(await exported(store)).toEqual(await exported(embedded.store));
  };
  await whole();
  for (const [n, text] of texts.entries()) {
    const filters = [
      { property: 'Value', equals: text },
      { property: 'Value', contains: text },
      { property: 'Value', begins: text },
      { property: 'Value', ends: text },
      { property: text, is: 'any' as const },
      { property: text, equals: 'set' },
      { property: 'Customer ID', equals: text },
      { property: 'Customer ID', contains: text },
      { event: text, where: [{ property: 'Value', equals: text }] },
    ];
    // Each text is in one of the filters, and in one kind of question: to ask all would take an hour.
    const kinds: (<F extends (typeof filters)[number]>(filter: F) => Promise<unknown>)[] = [
      (filter) => same('people', { ...DAYS, filter, limit: 500, columns: [{ property: text, show: 'last value' }] }),
      (filter) =>
        same('trend', {
          ...{ ...DAYS, filter, event: text, count: 'times', by: 'month' },
          split: { property: 'Value', attribution: 'last touch' },
        }),
      (filter) => same('funnel', { ...DAYS, filter, steps: [{ event: text }, { event: 'Came' }], skip: true }),
      (filter) => same('breakdown', { ...DAYS, filter, property: text, attribution: 'first ever' }),
      (filter) => same('overview', { ...DAYS, filter }),
      (filter) => same('names', { ...DAYS, filter }),
    ];
    await kinds[n % kinds.length]!(filters[n % filters.length]!);
    expect((await same('people', { ...DAYS, filter: filters[0]!, limit: 500 })).total, text).toBeGreaterThan(0);
  }

  // A list as CSV.
  const list = { ...DAYS, columns: [{ property: 'Value', show: 'last value' }], limit: 1000 } as const;
  const csv = async (ask: (kind: ReportKind, question: unknown) => Promise<Uint8Array>): Promise<string> => {
    const question = list as unknown as Reports['people']['question'];
    let text = '';
    for await (const piece of await csvOf('people', question, (asked) => ask('people', asked))) text += piece;
    return text;
  };
  const embeddedCsv = await csv((kind, question) =>
    embedded.reports.ask(kind, KEY, question, new AbortController().signal),
  );
  expect(await csv(raw)).toBe(embeddedCsv);
  // An erased person is gone everywhere.
  for (const name of [texts[0]!, whoIs(1), texts.at(-1)!]) {
    const erased = (await embedded.remover.erase(KEY, name))!;
    expect(await store.erase(KEY, name)).toMatchObject({ identities: erased.identities, hits: erased.hits });
  }
  await untilPeople(2 * texts.length - 3);
  await whole();
  expect(errors).toEqual([]);
  await embedded.close();
  const printed = async (...command: string[]): Promise<string> => {
    const { code, out, err } = await run(command);
    expect([code, err.replace(/^Hits exported: .*\n/, '')]).toEqual([0, '']);
    return out.replace(/^As of .*$/m, '');
  };
  const report = ['report', 'people', '--key', KEY, '--q', JSON.stringify(list)];
  for (const command of [report, [...report, '--csv'], ['export', '--key', KEY]])
    expect(await printed(...command, '--store', url)).toBe(await printed(...command, '--data', folder));
});

test('a name has the spelling of its first hit, in one batch and in several, also when reports are made again', async () => {
  const named = (n: number, event: string, property: string) =>
    arrived({ person: `p${n}`, event, time: NOW - n, properties: [[property, `${n}`]], id: `id ${n}` });
  const { embedded, store, same, untilPeople } = await bothWith(newUrl(), [
    named(0, 'NULL', 'Plan'),
    named(1, 'null', 'PLAN'),
    named(2, 'Null', 'plan'),
  ]);
  const spelled = async (): Promise<string[][]> => {
    const { events, properties } = await same('names', {});
    return [events, properties].map((names) => names.map(({ name }) => name));
  };
  expect(await spelled()).toEqual([['NULL'], ['Plan']]);
  const more = [named(3, 'nULL', 'pLAN'), named(4, 'Paid', 'Seat'), named(5, 'PAID', 'SEAT')];
  await embedded.store.append(more);
  await store.append(more);
  await untilPeople(6);
  expect(await spelled()).toEqual([
    ['NULL', 'Paid'],
    ['Plan', 'Seat'],
  ]);
});
