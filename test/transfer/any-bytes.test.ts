import { isUtf8 } from 'node:buffer';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import { readerOf, recordsOf, type Format } from '../../src/transfer/format.js';
import { importLines, type Counts, type Reject } from '../../src/transfer/import.js';
import { openInput } from '../../src/transfer/input.js';
import type { LineReader } from '../../src/transfer/record.js';
import { KEY, temporaryFolder } from '../support/collector.js';
import { NOW, readInput, storeInto } from '../support/transfer.js';

const T = 1_400_000_000;

/** Parts of files with hits, complete and damaged. */
const PIECE = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .constantFrom(
        ...[
          '{',
          '}',
          '[',
          ']',
          '"',
          "'",
          ',',
          ';',
          ':',
          '\\',
          '\n',
          '\r',
          '\r\n',
          '\t',
          ' ',
          '\u0000',
          '\uFEFF',
          '1e999',
          'NaN',
        ],
        ...[
          '"_p":"bob"',
          '"_p":',
          '"_p2":"b"',
          `"_t":${T}`,
          '"_t":"1.4e9"',
          '"_n":"x"',
          '"v":"1"',
          '"_i":"id"',
          '_p=bob',
        ],
        ...[
          '\\303\\251',
          '\\351',
          '\\xc3\\xa9',
          '\\xe9',
          "\\'",
          '\\U',
          '\\u00e9',
          '\\ud800',
          '\\0',
          '\\"',
          'C:\\Users',
          '€',
          '😀',
        ],
        ...[`{"_p":"bob","_t":${T},"_n":"x"}\n`, '{"_p":"a","_p2":"b"}\n', `{"_p":"\\303\\251","_t":${T},"_n":"x"}\n`],
        ...[
          'Identity',
          'Timestamp',
          'Alias',
          'Prop:v',
          'Identity,Timestamp,Event\n',
          `bob,${T},x\n`,
          '"a ""b"""',
          '"a \\"b\\""',
        ],
        ...[
          '{"kmq":"export","version":1}\n',
          `{"key":"k","person":"p","kind":"event","name":"x","time":${T},"sent":null,"received":${T},`,
        ],
      )
      .map((text) => Buffer.from(text)),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)) },
);
const SOUP = fc.array(PIECE, { maxLength: 60 }).map((pieces) => Buffer.concat(pieces));

interface Fate {
  hits: ArrivedHit[];
  rejects: Reject[];
  counts: Counts;
  /** The number of lines that became hits, and of lines that became nothing, without a reason. */
  taken: number;
  silent: number;
}

/** @returns the result of an input; or the sentence with which the whole input was refused */
async function fateOf(format: Format, bytes: Buffer): Promise<Fate | string> {
  const read = readerOf(format, KEY, () => NOW);
  const hits: ArrivedHit[] = [];
  const rejects: Reject[] = [];
  let [taken, silent] = [0, 0];
  const watched: LineReader = (line) => {
    const outcome = read(line);
    if ('hits' in outcome) {
      if (outcome.hits.length) taken += 1;
      else silent += 1;
    }
    return outcome;
  };
  try {
    const { lines } = await openInput(
      (async function* () {
        yield bytes;
      })(),
    );
    const counts = await importLines({
      records: recordsOf(format, lines),
      read: watched,
      store: storeInto(hits),
      source: 'test',
      onRejects: (some) => rejects.push(...some),
      onProgress: () => {},
    });
    return { hits, rejects, counts, taken, silent };
  } catch (error) {
    // A sentence for the user, not an error of JavaScript, whose class would be another one.
    expect((error as Error).constructor).toBe(Error);
    return (error as Error).message;
  }
}

describe('any bytes', () => {
  test.each(['raw', 'csv', 'kmq'] as const)(
    'as %s become hits or rejected lines with a reason, or the whole input is refused with a sentence',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(SOUP, async (bytes) => {
          const fate = await fateOf(format, bytes);
          if (typeof fate === 'string') {
            expect(fate).toMatch(/^[A-Z“].+[.?]$/s);
            return;
          }
          const { hits, rejects, counts, taken, silent } = fate;
          expect(counts).toMatchObject({ hits: hits.length, rejected: rejects.length });
          for (const { reason } of rejects) expect(reason).toMatch(/^[A-Z_].+[.?:)”]/s);
          // Only headings give neither hits nor a reason.
          if (format === 'raw') expect(silent).toBe(0);
          expect(taken + rejects.length + silent).toBeLessThanOrEqual(counts.lines);
          expect(hits.length).toBeGreaterThanOrEqual(taken);
          return undefined;
        }),
        { numRuns: 1500 },
      );
    },
  );

  test('a damaged line of a dump does not change the lines around it', async () => {
    const good = Buffer.from(`{"_p":"good","_t":${T},"_n":"x"}\n`);
    const line = SOUP.map((bytes) => bytes.filter((byte) => byte !== 10 && byte !== 13)).filter(
      (bytes) => bytes.length > 0,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 5 }), async (lines) => {
        const bytes = Buffer.concat([good, ...lines.flatMap((one) => [one, Buffer.from('\n'), good])]);
        const fate = await fateOf('raw', bytes);
        if (typeof fate === 'string') throw new Error(fate);
        expect(fate.counts.lines).toBe(2 * lines.length + 1);
        expect(fate.taken + fate.rejects.length).toBe(fate.counts.lines);
        const goods = fate.hits.filter(
          ({ hit }) => hit.person === 'good' && hit.name === 'x' && !hit.properties.length,
        );
        expect(goods.length).toBeGreaterThanOrEqual(lines.length + 1);
      }),
      { numRuns: 500 },
    );
  });

  test('become hits that are all in the store', async () => {
    await fc.assert(
      fc.asyncProperty(SOUP, fc.constantFrom('raw' as const, 'csv' as const), async (bytes, format) => {
        const folder = await temporaryFolder();
        const store = new EmbeddedStore({ folder, counting: () => 'reference' });
        const head = format === 'csv' ? 'Identity,Timestamp,Event\n' : `{"_p":"good","_t":${T},"_n":"x"}\n`;
        const { lines } = await openInput(
          (async function* () {
            yield Buffer.concat([Buffer.from(head), bytes]);
          })(),
        );
        const counts = await importLines({
          records: recordsOf(format, lines),
          read: readerOf(format, KEY, () => NOW),
          store,
          source: 'test',
          onRejects: () => {},
          onProgress: () => {},
        });
        await store.close();
        const db = openDatabase(join(folder, 'kmq.db'));
        const { count, again } = db.prepare('SELECT count(*) AS count, count(hit_id) AS again FROM hits').get() as {
          count: number;
          again: number;
        };
        db.close();
        // Hits with the same id are stored once.
        if (again === 0) expect(count).toBe(counts.hits);
        else expect(count).toBeLessThanOrEqual(counts.hits);
      }),
      { numRuns: 40 },
    );
  });
});

/**
 * Few different bytes, so that identities are often similar: ASCII, characters that JSON and CSV quote, parts of UTF-8 letters.
 */
const BYTE = fc.constantFrom(
  ...Buffer.from('ab01x,;\t"\'\\/u'),
  0x01,
  0x7f,
  0xc3,
  0xa9,
  0xa8,
  0xe9,
  0xe8,
  0xf0,
  0xed,
  0xa0,
  0x80,
  0xff,
);
const IDENTITIES = fc.uniqueArray(
  fc.array(BYTE, { minLength: 1, maxLength: 8 }).map((bytes) => Buffer.from(['p'.charCodeAt(0), ...bytes])),
  { minLength: 2, maxLength: 30, selector: (bytes) => bytes.toString('hex') },
);

const escaped = (bytes: Buffer, escape: (byte: number) => string | undefined): Buffer =>
  Buffer.concat(
    [...bytes].map((byte) => {
      const text = byte === 0x22 || byte === 0x5c ? `\\${String.fromCharCode(byte)}` : escape(byte);
      return text === undefined ? Buffer.of(byte) : Buffer.from(text);
    }),
  );
const isPlain = (byte: number): boolean => byte >= 0x20 && byte < 0x7f;
const octal = (byte: number): string => `\\${byte.toString(8).padStart(3, '0')}`;
const hexadecimal = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`;

describe('identities that differ in a byte are two people, or are rejected', () => {
  const writers: [string, (bytes: Buffer) => Buffer][] = [
    ['octal escapes', (bytes) => escaped(bytes, (byte) => (isPlain(byte) ? undefined : octal(byte)))],
    ['octal escapes of everything', (bytes) => Buffer.from([...bytes].map(octal).join(''))],
    ['hexadecimal escapes', (bytes) => escaped(bytes, (byte) => (isPlain(byte) ? undefined : hexadecimal(byte)))],
    [
      'escapes of both kinds',
      (bytes) => escaped(bytes, (byte) => (isPlain(byte) ? undefined : byte % 2 ? octal(byte) : hexadecimal(byte))),
    ],
    ['bytes as they are', (bytes) => escaped(bytes, () => undefined)],
    [
      'bytes as they are, with apostrophes escaped',
      (bytes) => escaped(bytes, (byte) => (byte === 0x27 ? "\\'" : undefined)),
    ],
  ];

  test.each(writers)('in a dump with %s', async (_, write) => {
    await fc.assert(
      fc.asyncProperty(IDENTITIES, async (identities) => {
        const lines = identities.map((bytes) =>
          Buffer.concat([Buffer.from('{"_p":"'), write(bytes), Buffer.from(`","_t":${T},"_n":"x"}\n`)]),
        );
        const { hits, rejects } = await readInput('raw', Buffer.from('{}\n'), ...lines);
        // All identities that are valid UTF-8 are read unchanged, and the other lines are rejected.
        expect(hits.map(({ hit }) => hit.person)).toEqual(identities.filter((bytes) => isUtf8(bytes)).map(String));
        expect(hits.length + rejects.length).toBe(identities.length + 1);
      }),
      { numRuns: 300 },
    );
  });

  test('in quoted cells of CSV', async () => {
    await fc.assert(
      fc.asyncProperty(IDENTITIES, async (identities) => {
        const rows = identities.map((bytes) =>
          Buffer.concat([
            Buffer.from('"'),
            Buffer.from(bytes.toString('latin1').replaceAll('"', '""'), 'latin1'),
            Buffer.from(`",${T},x\n`),
          ]),
        );
        const { hits, rejects } = await readInput('csv', 'Identity,Timestamp,Event\n', ...rows);
        const people = hits.map(({ hit }) => hit.person);
        expect(new Set(people).size).toBe(people.length);
        expect(hits.length + rejects.length).toBe(identities.length);
      }),
      { numRuns: 300 },
    );
  });

  test('in UTF-16, also with halves of surrogate pairs', async () => {
    const unit = fc.constantFrom(0x61, 0x62, 0xe9, 0x20ac, 0xd83d, 0xde00, 0xd800, 0xdc00, 0xfffd, 0xfeff);
    const names = fc.uniqueArray(
      fc.array(unit, { minLength: 1, maxLength: 6 }).map((units) => 'p' + String.fromCharCode(...units)),
      { minLength: 2, maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(names, async (identities) => {
        const lines = identities.map((identity) => `{"_p":"${identity}","_t":${T},"_n":"x"}\n`).join('');
        const { hits, rejects } = await readInput('raw', Buffer.from(`\uFEFF{}\n${lines}`, 'utf16le'));
        expect(hits.map(({ hit }) => hit.person)).toEqual(identities.filter((identity) => identity.isWellFormed()));
        expect(hits.length + rejects.length).toBe(identities.length + 1);
      }),
      { numRuns: 300 },
    );
  });

  test('as numbers', async () => {
    const numbers = fc.uniqueArray(fc.bigInt({ min: 1n, max: 10n ** 30n }), { minLength: 2, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(numbers, async (identities) => {
        const lines = identities.map((identity) => `{"_p":${identity},"_t":${T},"_n":"x"}\n`);
        const { hits } = await readInput('raw', ...lines);
        expect(hits.map(({ hit }) => hit.person)).toEqual(identities.map(String));
      }),
      { numRuns: 300 },
    );
  });
});
