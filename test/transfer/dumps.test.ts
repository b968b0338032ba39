import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { LINE_BYTES } from '../../src/transfer/lines.js';
import { NOW, readInput } from '../support/transfer.js';

const T = 1_400_000_000;

/** A line of a dump with this text between the quotes of a property's value. */
const valued = (body: string): string => `{"_p":"bob","_t":${T},"_n":"x","v":"${body}"}\n`;
/** The same with this text in the place of an identity. */
const named = (body: string): string => `{"_p":"${body}","_t":${T},"_n":"x"}\n`;

describe('a line that is not JSON', () => {
  test.each([
    ['octal bytes of UTF-8', 'M\\303\\251decins', 'Médecins'],
    ['hexadecimal bytes of UTF-8', 'M\\xc3\\xA9decins', 'Médecins'],
    ['octal and hexadecimal bytes of one letter', '\\342\\x82\\254 5', '€ 5'],
    ['four bytes', '\\360\\237\\230\\200', '😀'],
    ['bytes of ASCII', 'a\\012b\\x41', 'a\nbA'],
    ['digits after an octal byte', '\\303\\2510', 'é0'],
    ['an apostrophe', "it\\'s", "it's"],
    ['a path', 'C:\\Users\\new\\table', 'C:\\Users\\new\\table'],
    ['a path of a server', '\\\\server\\share', '\\\\server\\share'],
    ['a path with octal bytes', 'C:\\Users\\Zo\\303\\253', 'C:\\Users\\Zoë'],
    ['a path with digits', 'C:\\Users\\303', 'C:\\Users\\303'],
    ['a “u” that begins no escape', 'D:\\users\\u12', 'D:\\users\\u12'],
    ['escapes of JSON beside octal bytes', '\\"\\u00e9\\n\\303\\251\\/', '"é\né/'],
    ['a backslash and a zero, which is not octal', 'a\\0b', 'a\\0b'],
    ['three digits with a 9, which is not octal', '\\389', '\\389'],
    ['a tab and other control characters', 'a\tb\u0001c\u007f', 'a\tb\u0001c\u007f'],
    ['incomplete escapes', '\\xg1 \\u00', '\\xg1 \\u00'],
  ])('with %s is read, with a warning', async (_, body, text) => {
    const { hits, rejects, counts } = await readInput('raw', valued(body), named(body));
    expect(rejects).toEqual([]);
    expect(hits.map(({ hit }) => [hit.person, hit.properties, hit.warnings])).toEqual([
      ['bob', [['v', text]], [['repaired-line']]],
      [text, [], [['repaired-line']]],
    ]);
    expect(counts).toMatchObject({ lines: 2, hits: 2, repaired: 2 });
  });

  test.each([
    ['a comma after the last member', `{"_p":"bob","_t":${T},"v":["a",],}`, [['v', 'a']]],
    [
      'single quotes',
      `{'_p': 'bob', '_t': ${T}, 'v': 'say "hi"', "w": "it's"}`,
      [
        ['v', 'say "hi"'],
        ['w', "it's"],
      ],
    ],
    [
      'words of JavaScript and Python',
      `{"_p":"bob","_t":${T},"v":NaN,"w":-Infinity,"x":None,"y":True,"z":"NaN, None"}`,
      [
        ['v', 'NaN'],
        ['w', '-Infinity'],
        ['x', ''],
        ['y', 'true'],
        ['z', 'NaN, None'],
      ],
    ],
    ['a byte order mark in the middle of a file', `\uFEFF{"_p":"bob","_t":${T},"v":"1"}`, [['v', '1']]],
    [
      'a number that JavaScript would round',
      `{"_p":"bob","_t":${T},"v":12345678901234567890,"w":"\\303\\251"}`,
      [
        ['v', '12345678901234567890'],
        ['w', 'é'],
      ],
    ],
  ])('with %s is read', async (_, line, properties) => {
    const { hits, rejects } = await readInput('raw', '\n', line + '\n');
    expect(rejects).toEqual([]);
    expect(hits.map(({ hit }) => [hit.properties, hit.warnings])).toEqual([[properties, [['repaired-line']]]]);
  });

  test('is refused if an identity has bytes that are not UTF-8; elsewhere these bytes are kept as escapes', async () => {
    const { hits, rejects } = await readInput(
      'raw',
      named('ren\\351'),
      named('ren\\350'),
      `{"_p":"bob","_p2":"ren\\xe9"}\n`,
      `{"_p":["ren\\351"],"_t":${T},"_n":"x"}\n`,
      valued('ren\\351'),
    );
    expect(rejects).toEqual(
      ['_p', '_p', '_p2', '_p'].map((name, at) => [
        at + 1,
        `The identity in ${name} has escapes of bytes that are not UTF-8.`,
      ]),
    );
    expect(hits.map(({ hit }) => [hit.properties, hit.warnings])).toEqual([
      [[['v', 'ren\\351']], [['repaired-line'], ['damaged-property', 'v']]],
    ]);
  });

  test('with an alias is read as an alias', async () => {
    const { hits } = await readInput('raw', `{"_p":"Zo\\303\\253","_p2":"C:\\Users","_t":${T}}\n`);
    expect(hits.map(({ hit }) => [hit.kind, hit.person, hit.name, hit.warnings])).toEqual([
      ['alias', 'Zoë', 'C:\\Users', [['repaired-line']]],
    ]);
  });

  test('is rejected if it can be read in two ways; a line that is valid JSON is not changed', async () => {
    const { hits, rejects, counts } = await readInput(
      'raw',
      `{"_p":"bob","_t":${T},"_n":"say "hi""}\n`,
      `{"_p":"bob","_t":${T},"_n":"x" "y"}\n`,
      `{"_p":"bob","_t":${T},"_n":"\\303`,
      '\n',
      JSON.stringify({ _p: 'C:\\303\\251', _t: T, _n: "it\\'s" }) + '\n',
    );
    expect(rejects.map(([line]) => line)).toEqual([1, 2, 3]);
    expect(hits.map(({ hit }) => [hit.person, hit.name, hit.warnings])).toEqual([['C:\\303\\251', "it\\'s", []]]);
    expect(counts.repaired).toBe(0);
  });

  test.each([
    ['quotes behind backslashes', '\\"'],
    ['backslashes', '\\'],
    ['bytes', '\\303\\251'],
    ['quotes', `"'`],
    ['commas', ',   '],
    ['long numbers', '1234567890123456e'],
    ['digits', '1'],
  ])('with millions of %s is read in one pass', async (_, part) => {
    const body = part.repeat(Math.floor(LINE_BYTES / 8 / part.length));
    for (const line of [
      body,
      `{"_p":"\\303${body}`,
      `{"_p":${body}`,
      `{"_p":"b","v":"\\303${body}"}`,
      `{"_t":"${body}x"}`,
    ]) {
      const { hits, rejects } = await readInput('raw', '{}\n', line + '\n');
      expect(hits.length + rejects.length).toBe(2);
    }
  });
});

describe('a number', () => {
  test.each([
    ['1.4e9', T],
    ['1.4E+9', T],
    ['1.4000000000000000e9', T],
    ['1400000000.0000000000001', T],
    ['1400000000.00000000000000000', T],
    ['14000000000000000000e-10', T],
    ['"1.4e9"', T],
    ['"1400000000."', T],
    ['" +1400000000 "', T],
    ['"1400000000.9"', T],
  ])('of seconds may be written as %s', async (time, seconds) => {
    const { hits, rejects } = await readInput('raw', `{"_p":"bob","_t":${time},"_n":"x"}\n`);
    expect(rejects).toEqual([]);
    expect(hits.map(({ hit }) => [hit.time, hit.sent, hit.warnings])).toEqual([[seconds, seconds, []]]);
    const csv = await readInput('csv', `Identity,Timestamp,Event\nbob,${time.replaceAll('"', '')},x\n`);
    expect(csv.hits.map(({ hit }) => [hit.time, hit.sent])).toEqual([[seconds, seconds]]);
  });

  test.each([
    '1400000000000',
    '"1400000000000"',
    '1.4e12',
    '"1.4e99"',
    '"1e9e9"',
    '"0x53724e00"',
    '"1,400,000,000"',
    '1e999',
  ])('%s is not a time, and the reason says so', async (time) => {
    const { hits, rejects } = await readInput('raw', `{"_p":"bob","_t":${time},"_n":"x"}\n`);
    expect(hits).toEqual([]);
    expect(rejects).toEqual([[1, expect.stringMatching(/more than a day ahead|not a number of seconds/)]]);
  });

  test('is a different identity from one that JavaScript cannot distinguish from it', async () => {
    const { hits } = await readInput(
      'raw',
      ...['12345678901234567890', '12345678901234567891', '1e400', '1e500', '1e-400', '1e-500', '7', '7.0'].map(
        (person) => `{"_p":${person},"_t":${T},"_n":"x"}\n`,
      ),
    );
    expect(hits.map(({ hit }) => hit.person)).toEqual([
      ...['12345678901234567890', '12345678901234567891', '1e400', '1e500', '1e-400', '1e-500', '7', '7'],
    ]);
  });
});

describe('an alias', () => {
  test('needs no time, as a line or as a row', async () => {
    const raw = await readInput(
      'raw',
      '{"_p":"a","_p2":"b"}\n{"_p":"a","_p2":"c","_t":null}\n{"_p":"a","_p2":"d","_t":0}\n',
      `{"_p":"a","_p2":"e","_t":"0000-00-00"}\n{"_p":"a","_p2":"f","_t":${T}}\n`,
    );
    expect(raw.rejects).toEqual([]);
    expect(raw.hits.map(({ hit }) => [hit.kind, hit.name, hit.time, hit.sent, hit.warnings])).toEqual([
      ['alias', 'b', NOW, null, []],
      ['alias', 'c', NOW, null, []],
      ['alias', 'd', NOW, null, []],
      ['alias', 'e', NOW, null, [['bad-time']]],
      ['alias', 'f', T, T, []],
    ]);
    const csv = await readInput('csv', 'Identity,Alias\na,b\na,\n', `c,d\n`);
    expect(csv.hits.map(({ hit }) => [hit.kind, hit.person, hit.name, hit.time])).toEqual([
      ['alias', 'a', 'b', NOW],
      ['alias', 'c', 'd', NOW],
    ]);
    expect(csv.rejects).toEqual([[3, expect.stringMatching(/Nothing to set/)]]);
  });

  test('in a line with an event or properties needs a time, as they do', async () => {
    const raw = await readInput('raw', '{"_p":"a","_p2":"b","_n":"x"}\n{"_p":"a","_p2":"b","x":1}\n');
    expect([raw.hits, raw.rejects.map(([, reason]) => reason)]).toEqual([
      [],
      [expect.stringMatching(/time is missing/), expect.stringMatching(/time is missing/)],
    ]);
    const csv = await readInput('csv', 'Identity,Alias,Prop:x\na,b,1\na,b,\n');
    expect([csv.hits.length, csv.rejects]).toEqual([1, [[2, expect.stringMatching(/time is missing/)]]]);
  });
});

describe('rows of other programs', () => {
  test.each([
    ['semicolons', 'Identity;Timestamp;Event;Prop:v', `"a;b";${T};x;1,5`],
    ['tabs', 'Identity\tTimestamp\tEvent\tProp:v', `"a;b"\t${T}\tx\t1,5`],
  ])('are separated by %s', async (_, heading, row) => {
    const { hits, rejects } = await readInput('csv', `${heading}\n${row}\n`);
    expect(rejects).toEqual([]);
    expect(hits.map(({ hit }) => [hit.person, hit.name, hit.properties, hit.warnings])).toEqual([
      ['a;b', 'x', [['v', '1,5']], []],
    ]);
  });

  test('may escape a quote with a backslash, and end where they would end otherwise', async () => {
    const { hits, rejects, counts } = await readInput(
      'csv',
      'Identity,Timestamp,Event\n',
      `"say \\"hi\\"",${T},x\nb,${T},"\\""\n"c\\\\",${T},"a \\", b"\n`,
      `"d\\",${T},x\n"e ""e""",${T},"a\n\\b"\nf,${T},x\n`,
    );
    expect(rejects).toEqual([]);
    expect(hits.map(({ hit }) => [hit.person, hit.name])).toEqual([
      ['say "hi"', 'x'],
      ['b', '"'],
      ['c\\', 'a "  b'],
      ['d\\', 'x'],
      ['e "e"', 'a\n\\b'],
      ['f', 'x'],
    ]);
    expect(hits.map(({ hit }) => hit.warnings.length)).toEqual([1, 1, 1, 0, 0, 0]);
    expect(counts.repaired).toBe(3);
  });
});

test('a row with an unclosed quote is rejected, and later rows with quotes are read', async () => {
  const { hits, rejects } = await readInput(
    'csv',
    'Identity,Timestamp,Event\n',
    `"a,${T},x\nb,${T},"y"\n"c",${T},x\n"d,${T},"two\nlines"\n"e\ne",${T},"x"\n"f,${T},x\ng,${T},x`,
  );
  expect(hits.map(({ hit }) => [hit.person, hit.name])).toEqual([
    ['b', 'y'],
    ['c', 'x'],
    ['e\ne', 'x'],
    ['g', 'x'],
  ]);
  expect(rejects.map(([line]) => line)).toEqual([2, 5, 6, 9]);
});

describe('a text', () => {
  const lines = `{"_p":"zoë 😀","_t":${T},"_n":"x"}\n{"_p":"b","_t":${T},"_n":"€"}\n`;
  const rows = `Identity,Timestamp,Event\nzoë 😀,${T},x\nb,${T},€\n`;
  const expected = [
    ['zoë 😀', 'x'],
    ['b', '€'],
  ];
  const big = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
  const little = (text: string): Buffer => Buffer.from(text, 'utf16le');
  const mark = '\uFEFF';

  test.each([
    ['packed with gzip', gzipSync(lines), gzipSync(rows)],
    [
      'packed with gzip twice, in parts',
      gzipSync(gzipSync(lines)),
      Buffer.concat([gzipSync(rows.slice(0, 9)), gzipSync(rows.slice(9))]),
    ],
    ['packed with zstd', zstdCompressSync(lines), zstdCompressSync(rows)],
    ['in UTF-16, little-endian', little(mark + lines), little(mark + rows)],
    ['in UTF-16, big-endian', big(mark + lines), big(mark + rows)],
    ['in UTF-16 without a byte order mark', little(lines), big(rows)],
    [
      'whose lines end with a carriage return',
      Buffer.from(lines.replaceAll('\n', '\r')),
      Buffer.from(rows.replaceAll('\n', '\r')),
    ],
    [
      'whose lines end as on Windows',
      Buffer.from(lines.replaceAll('\n', '\r\n')),
      little(mark + rows.replaceAll('\n', '\r\n')),
    ],
  ])('%s is read, in whatever pieces it arrives', async (_, json, csv) => {
    for (const [format, bytes] of [
      ['raw', json],
      ['csv', csv],
    ] as const) {
      for (const size of [1, 3, 1000]) {
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
          bytes.subarray(n * size, (n + 1) * size),
        );
        const { hits, rejects } = await readInput(format, ...chunks);
        expect(rejects).toEqual([]);
        expect(hits.map(({ hit }) => [hit.person, hit.name])).toEqual(expected);
      }
    }
  });

  test('in UTF-16: a line with half of a surrogate pair is rejected, and merges no people', async () => {
    const text = little(`${mark}${named('a\ud800')}${named('a\udc00')}${named('a')}`);
    const { hits, rejects } = await readInput('raw', text, Buffer.from([0x7b]));
    expect(hits.map(({ hit }) => hit.person)).toEqual(['a']);
    expect(rejects.map(([line]) => line)).toEqual([1, 2, 4]);
  });

  test('with a carriage return in the middle of a line: the line is rejected, and the reason says so', async () => {
    const raw = await readInput('raw', named('a'), named('b').replace('\n', '\r') + named('c'));
    expect([raw.hits.length, raw.rejects]).toEqual([1, [[2, expect.stringMatching(/carriage return.*tr/)]]]);
    const csv = await readInput('csv', `Identity,Alias\na,b\rc,d\n`);
    expect([csv.hits.length, csv.rejects]).toEqual([0, [[2, expect.stringMatching(/carriage return.*tr/)]]]);
  });

  test.each([
    ['PK\x03\x04\x14', /zip archive/],
    ['BZh91AY', /bzip2/],
    ['\xfd7zXZ\0\0', /xz/],
    ['a'.repeat(257) + 'ustar', /tar archive/],
    ['SQLite format 3\0', /kmq export/],
    ['\xff\xfe\0\0{\0\0\0', /UTF-32.*iconv/],
    ['<!DOCTYPE html>', /web page/],
  ])('%j is not text: a sentence says what it is, and what to do', async (head, sentence) => {
    await expect(readInput('raw', Buffer.from(head, 'latin1'))).rejects.toThrow(sentence);
    await expect(readInput('raw', gzipSync(Buffer.from(head, 'latin1')))).rejects.toThrow(sentence);
  });
});

describe('JSON that is not one object on each line', () => {
  const objects = [
    { _p: 'a', _t: T, _n: 'x', v: ['1', '2'], w: '}{][,"\\' },
    { _p: 'b', _p2: '{', _t: T },
    { _p: 'c', _t: T, _n: '[' },
  ];

  test.each([
    ['an array', JSON.stringify(objects)],
    ['an array with one object on each line', `[${objects.map((one) => JSON.stringify(one)).join(',\n')}]\n`],
    ['an array whose brackets are on other lines', `[\n${objects.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`],
    ['an indented array', `\uFEFF\n${JSON.stringify(objects, null, 2)}\n`],
    ['an array that is indented with tabs', JSON.stringify(objects, null, '\t').replaceAll('\n', '\r\n')],
    ['an array whose lines end with carriage returns', JSON.stringify(objects, null, '\t').replaceAll('\n', '\r')],
    ['indented objects', objects.map((one) => JSON.stringify(one, null, 2)).join('\n')],
    ['objects with commas between them', objects.map((one) => JSON.stringify(one)).join(',\n')],
  ])('%s is read, in whatever pieces it arrives', async (_, text) => {
    const bytes = Buffer.from(text);
    for (const size of [1, 7, 10_000]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      );
      const { hits, rejects, counts } = await readInput('raw', ...chunks);
      expect(rejects).toEqual([]);
      expect(hits.map(({ hit }) => [hit.person, hit.name, hit.properties])).toEqual([
        [
          'a',
          'x',
          [
            ['v', '1,2'],
            ['w', '}{][,"\\'],
          ],
        ],
        ['b', '{', []],
        ['c', '[', []],
      ]);
      expect(counts).toMatchObject({ lines: 3, repaired: 0 });
    }
  });

  test('invalid elements of an array are rejected, and the elements after an unclosed quote are read', async () => {
    const text = `[\n${named('a').trim()},\n1, null, "x}",\n{"_p":"b,\n${named('c').trim()},\n{"_p":"d","_t":${T},"_n":"two\nlines"}\n]`;
    const { hits, rejects } = await readInput('raw', text);
    expect(hits.map(({ hit }) => [hit.person, hit.name])).toEqual([
      ['a', 'x'],
      ['c', 'x'],
      ['d', 'two\nlines'],
    ]);
    expect(rejects.map(([element]) => element)).toEqual([2, 3, 4, 5]);
  });

  test('an array with many elements on one line is read', async () => {
    const element = `${named('a').trim()},`;
    const chunk = Buffer.from(element.repeat(10_000));
    const { counts } = await readInput('raw', '[', ...Array.from({ length: 20 }, () => chunk), `${named('b').trim()}]`);
    expect(counts).toMatchObject({ lines: 200_001, hits: 200_001, rejected: 0 });
  });

  test('a file whose first line is damaged is read line by line', async () => {
    const { hits, rejects } = await readInput('raw', '{"_p":"bro\n', named('a'), named('b'));
    expect([hits.length, rejects.map(([line]) => line)]).toEqual([2, [1]]);
  });
});

describe('files of spreadsheets', () => {
  // https://github.com/mldbai/mldb/pull/365 and others: empty columns, empty rows, a line with a title.
  test.each([
    ['a column without a name', `Identity,Timestamp,Event,\nbob,${T},A,\ncarl,${T},B, \n`],
    ['empty cells after the last column', `Identity,Timestamp,Event\nbob,${T},A,,\ncarl,${T},B\n`],
    ['rows of empty cells', `Identity,Timestamp,Event\nbob,${T},A\n,,\ncarl,${T},B\n,,,,\n"","",""\n , ,\n`],
    ['a first line that names the separator', `sep=;\r\nIdentity;Timestamp;Event\r\nbob;${T};A\r\ncarl;${T};B\r\n`],
    ['such a line in quotes', `\uFEFF"sep=|"\nIdentity|Timestamp|Event\nbob|${T}|A\ncarl|${T}|"B"\n`],
    ['an empty column and a line break in a cell', `Identity,Timestamp,Event,\nbob,${T},A,\ncarl,${T},"B",\n`],
  ])('are read although they have %s', async (_, text) => {
    const { hits, rejects } = await readInput('csv', text);
    expect(rejects).toEqual([]);
    expect(hits.map(({ hit: { person, name, properties } }) => [person, name, properties])).toEqual([
      ['bob', 'A', []],
      ['carl', 'B', []],
    ]);
  });

  test('reject a row if a cell without a heading contains something', async () => {
    const text = `Identity,Timestamp,,Event\nbob,${T},,A\ncarl,${T},what,B\ndora,${T},,C,what\n,${T},,\n`;
    const { hits, rejects } = await readInput('csv', text);
    expect(hits.map(({ hit }) => hit.person)).toEqual(['bob']);
    expect(rejects).toEqual([
      [3, 'Column 3 has a cell in this row, but no name in the first line.'],
      [4, 'The row has 5 cells, the first line 4.'],
      [5, 'No person: _p is missing or blank.'],
    ]);
  });
});
