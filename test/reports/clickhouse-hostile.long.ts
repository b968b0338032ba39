import { expect, test } from 'vitest';
import type { PropertyTest } from '../../src/protocol/reports.js';
import { arrived } from '../support/arrived-hits.js';
import { bothWith } from './both-stores.js';
import { withDefaults } from './clickhouse-proxy.js';
import { errors, useClickHouse } from './clickhouse-stand.js';
import { NOW } from './engine-stand.js';

// Numbers and properties that other programs have read in another way, or could not read: both stores give the same answers.

const newUrl = useClickHouse();

const DAYS = { from: '2026-09-01', to: '2026-09-30' };

const NUMBERS = [
  ...[
    '0',
    '-0',
    '-0.0',
    '0.0000',
    '1.7091',
    '1.5008753E7',
    '6e-09',
    '0.1e-5',
    '40.0000003',
    '19.99',
    '0.07',
    '.1',
    '5.',
  ],
  ...[
    '1e308',
    '-1e308',
    '1.7976931348623157e308',
    '1.7976931348623159e308',
    '1e309',
    '5e-324',
    '2e-324',
    '1e-400',
    '2.2250738585072014e-308',
  ],
  ...['NaN', 'nan', 'Infinity', '-Infinity', 'inf', '1e', 'e1', '0x1p3', '1_0', '٣', '１'],
  ...['9007199254740992', '9007199254740993', '9223372036854775807', '9223372036854775808', '18446744073709551616'],
  ...['0.1234567890123456789', '123456789012345678901234567890.5'],
  ...[
    '7'.repeat(400),
    `0.${'3'.repeat(400)}`,
    `1${'0'.repeat(400)}e-400`,
    `${'0'.repeat(400)}1`,
    `-${'9'.repeat(309)}`,
  ],
  ...[' 12\n', '\u00a012', '+1', '+-1', '1 2', '1e+05', '1E-05', '1e99999999999999999999', `1e-${'9'.repeat(50)}`],
];
const LIMITS = [
  0,
  -0,
  1.7091,
  15_008_753,
  6e-9,
  1e-6,
  40.0000003,
  1e308,
  -1e308,
  Number.MAX_VALUE,
  5e-324,
  2 ** 53,
  2 ** 63,
  2 ** 64,
  0.07,
  1e21,
  123456.789e-10,
];

test.each<[string, Record<string, string>]>([
  ['a current version', {}],
  ['the defaults of 24.8', { compatibility: '24.8' }],
])('numbers are the same numbers with %s', async (_, defaults) => {
  const hits = NUMBERS.map((value, n) =>
    arrived({ person: `n${n}`, event: 'Paid', time: NOW + n, properties: [['Amount', value]], id: `id ${n}` }),
  );
  const { same } = await bothWith(await withDefaults(newUrl(), defaults), hits);
  for (const limit of LIMITS)
    for (const one of [{ greater: limit }, { less: limit }]) {
      await same('people', { ...DAYS, filter: { property: 'Amount', ...one }, limit: 100 });
      await same('trend', {
        ...DAYS,
        event: 'Paid',
        where: [{ property: 'Amount', ...one }],
        count: 'times',
        by: 'month',
      });
    }
  // Each number is equal to itself.
  for (const value of NUMBERS.filter(
    (text) => Number.isFinite(Number(text)) && /^[\x21-\x7e]+$/.test(text) && !/[xX]/.test(text),
  )) {
    const tests: PropertyTest[] = [
      { property: 'Amount', equals: value },
      { property: 'Amount', greater: Number(value) },
    ];
    const { total } = await same('trend', { ...DAYS, event: 'Paid', where: tests, count: 'times', by: 'month' });
    expect(total, value).toBe(0);
  }
  await same('people', {
    ...DAYS,
    columns: [
      { event: 'Paid', property: 'Amount', show: 'sum' },
      { event: 'Paid', property: 'Amount', show: 'average' },
    ],
    sort: { column: 0, descending: true },
    limit: 100,
  });
  for (const where of [{ less: 1e15 }, { greater: 1e300 }, { less: 1e-300 }])
    for (const count of ['sum', 'average'] as const)
      await same('trend', {
        ...DAYS,
        event: 'Paid',
        where: [{ property: 'Amount', ...where }],
        count,
        property: 'Amount',
        by: 'month',
      });
  expect(errors).toEqual([]);
});

test('a hit with the most properties, with one character or many in their names', async () => {
  const many = (name: (n: number) => string): [string, string][] =>
    Array.from({ length: 1000 }, (_, n): [string, string] => [name(n), `v${n}`]);
  const names = [(n: number) => String.fromCodePoint(0x4e00 + n), (n: number) => `${n}`.padStart(255, 'n')];
  const hits = names.map((name, n) =>
    arrived({ person: `m${n}`, event: 'Came', time: NOW + n, properties: many(name), id: `id ${n}` }),
  );
  const { same } = await bothWith(newUrl(), hits);
  for (const name of names)
    for (const n of [0, 1, 500, 999])
      await same('people', { ...DAYS, filter: { property: name(n), equals: `v${n}` }, limit: 10 });
  const { properties } = await same('names', {});
  expect(properties.length).toBeGreaterThan(100);
  expect(errors).toEqual([]);
});
