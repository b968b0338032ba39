import { describe, expect, test } from 'vitest';
import { recognise } from '../../src/transfer/format.js';
import { LINE_BYTES } from '../../src/transfer/lines.js';
import { NOW, readInput } from '../support/transfer.js';

const T = 1_400_000_000;
const line = (members: object): string => JSON.stringify(members) + '\n';

describe('lines', () => {
  test('are read alike in whatever pieces the bytes arrive', async () => {
    const text = Buffer.from(
      `\uFEFF${line({ _p: 'zoë', _t: T, _n: '€' })}\r\n\n${line({ _p: 'b', _t: T, _n: 'x' }).replace('\n', '\r\n')}{`,
    );
    const whole = await readInput('raw', text);
    expect(whole.hits.map(({ hit }) => [hit.person, hit.name])).toEqual([
      ['zoë', '€'],
      ['b', 'x'],
    ]);
    expect(whole.rejects).toMatchObject([[5, expect.stringMatching(/not valid JSON.*\. It is the last one.*cut off/)]]);
    for (let size = 1; size < 20; size++) {
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, n) =>
        text.subarray(n * size, (n + 1) * size),
      );
      expect(await readInput('raw', ...chunks)).toEqual(whole);
    }
  });

  test('that are too long or not UTF-8 are rejected, and those around them are read', async () => {
    const good = line({ _p: 'b', _t: T, _n: 'x' });
    const part = Buffer.alloc(LINE_BYTES / 2, 'a');
    const { hits, rejects } = await readInput(
      'raw',
      good,
      part,
      part,
      part,
      '\n' + good + '{"_p":"',
      Buffer.from([0xff]),
      `"}\n${good}`,
    );
    expect(hits.length).toBe(3);
    expect(rejects).toEqual([
      [2, `The line is longer than ${LINE_BYTES} bytes.`],
      [4, 'The line is not UTF-8.'],
    ]);
  });
});

describe('the raw export of KISSmetrics', () => {
  test('becomes events, properties and aliases, with their times', async () => {
    const { hits, rejects } = await readInput(
      'raw',
      line({ _p: 'bob', _t: T, _n: 'Signed Up', 'plan name': 'Pro', _i: 'id1' }),
      line({ _p: 'bob', _t: T + 1, gender: 'male' }),
      line({ _p: 'bob', _p2: 'bob@example.com', _t: T + 2 }),
      line({ _p: 'bob', _p2: 'b', _n: 'Both', _t: T + 3 }),
    );
    expect(rejects).toEqual([]);
    expect(
      hits.map(({ hit: { kind, person, name, time, id, properties } }) => [kind, person, name, time, id, properties]),
    ).toEqual([
      ['event', 'bob', 'Signed Up', T, 'id1', [['plan name', 'Pro']]],
      ['properties', 'bob', null, T + 1, null, [['gender', 'male']]],
      ['alias', 'bob', 'bob@example.com', T + 2, null, []],
      ['event', 'bob', 'Both', T + 3, null, []],
      ['alias', 'bob', 'b', T + 3, null, []],
    ]);
    expect(hits[0]).toMatchObject({ received: NOW, agent: 'server', hit: { sent: T, key: 'site', warnings: [] } });
  });

  test('gives the id of a line that becomes two hits to the first: the second would be a repeat of it', async () => {
    const { hits } = await readInput(
      'raw',
      line({ _p: 'bob', _p2: 'b', _n: 'Both', _t: T, _i: 'id1' }),
      line({ _p: 'bob', _p2: 'b', gender: 'male', _t: T, _i: 'id2' }),
      line({ _p: 'bob', _p2: 'b', _t: T, _i: 'id3' }),
    );
    expect(hits.map(({ hit: { kind, id } }) => [kind, id])).toEqual([
      ['event', 'id1'],
      ['alias', null],
      ['properties', 'id2'],
      ['alias', null],
      ['alias', 'id3'],
    ]);
  });

  test('has no agents: the events that a tracker records by itself are a browser’s', async () => {
    const names = ['Visited Site', 'page view', 'Ad Campaign Hit', 'Search Engine Hit', 'Signed Up', 'Visited Sites'];
    const { hits } = await readInput(
      'raw',
      ...names.map((name) => line({ _p: 'bob', _t: T, _n: name })),
      line({ _p: 'bob', _t: T, referrer: 'Direct' }),
      line({ _p: 'bob', _p2: 'visited site' }),
    );
    expect(hits.map(({ agent }) => agent)).toEqual([
      ...['browser', 'browser', 'browser', 'browser'],
      ...['server', 'server', 'server', 'server'],
    ]);
    const { hits: rows } = await readInput('csv', `Identity,Timestamp,Event\nbob,${T},Visited Site\nbob,${T},Paid\n`);
    expect(rows.map(({ agent }) => agent)).toEqual(['browser', 'server']);
  });

  test('keeps values in the form in which a page would have sent them', async () => {
    const { hits } = await readInput(
      'raw',
      `{"_p":7,"_t":"${T}","_n":"x","null":null,"true":true,"number":1.5,"long":12345678901234567890,"text":"n: 12345678901234567890",` +
        `"list":["a",1,null],"nested":{"a":1},"nested list":[[1]],"__proto__":"p","constructor":"c","_k":"other","_a":"9","twice":1,"twice":2}\n`,
    );
    expect(hits).toHaveLength(1);
    const { hit } = hits[0]!;
    expect([hit.key, hit.person, hit.time]).toEqual(['site', '7', T]);
    expect(hit.properties).toEqual([
      ['null', ''],
      ['true', 'true'],
      ['number', '1.5'],
      ['long', '12345678901234567890'],
      ['text', 'n: 12345678901234567890'],
      ['list', 'a,1,'],
      ['__proto__', 'p'],
      ['constructor', 'c'],
      ['twice', '2'],
    ]);
    expect(hit.warnings).toEqual([
      ['nested-property', 'nested'],
      ['nested-property', 'nested list'],
    ]);
  });

  test.each([
    ['', undefined],
    ['[]', /not a JSON object/],
    ['null', /not a JSON object/],
    ['"x"', /not a JSON object/],
    ['{"_p":"b","_t":1400000000,"_n":"x"', /not valid JSON/],
    ['{"_t":1400000000,"_n":"x"}', /No person/],
    ['{"_p":null,"_t":1400000000,"_n":"x"}', /No person/],
    ['{"_p":{},"_t":1400000000,"_n":"x"}', /No person/],
    ['{"_p":"b","_n":"x"}', /time is missing/],
    ['{"_p":"b","_t":"0000-00-00","_n":"x"}', /not a number of seconds/],
    ['{"_p":"b","_t":1200000000,"_n":"x"}', /before 2009/],
    ['{"_p":"b","_t":1400000000000,"_n":"x"}', /more than a day ahead/],
    ['{"_p":"b","_t":1400000000}', /Nothing to set/],
    ['{"_p":"b","_t":1400000000,"_n":""}', /No name/],
    [`{"_p":"${'p'.repeat(256)}","_t":1400000000,"_n":"x"}`, /longer than 255/],
    ['['.repeat(100_000), /not valid JSON/],
  ])('%.60s is rejected with a reason', async (text, reason) => {
    const { hits, rejects } = await readInput('raw', text + '\n');
    expect(hits).toEqual([]);
    expect(rejects).toEqual(reason ? [[1, expect.stringMatching(reason)]] : []);
  });
});

describe('the CSV import of KISSmetrics', () => {
  const heading = 'Identity,Timestamp,Event,Prop:Plan Name,Alias,Prop:_x\n';

  test('becomes events, properties and aliases', async () => {
    const { hits, rejects } = await readInput(
      'csv',
      '\uFEFF' + heading,
      `bob,${T},Signed Up,Pro,,\n\nbob,${T},,Free,,1\nbob,${T},,,b@x,\nbob,${T},Both,,c@x,\n`,
      `"bo""b",${T},"a, b",5" pipe,,"two\r\nlines"\n`,
    );
    expect(rejects).toEqual([]);
    expect(hits.map(({ hit: { kind, person, name, properties } }) => [kind, person, name, properties])).toEqual([
      ['event', 'bob', 'Signed Up', [['Plan Name', 'Pro']]],
      [
        'properties',
        'bob',
        null,
        [
          ['Plan Name', 'Free'],
          ['_x', '1'],
        ],
      ],
      ['alias', 'bob', 'b@x', []],
      ['event', 'bob', 'Both', []],
      ['alias', 'bob', 'c@x', []],
      [
        'event',
        'bo"b',
        'a  b',
        [
          ['Plan Name', '5" pipe'],
          ['_x', 'two\nlines'],
        ],
      ],
    ]);
  });

  test('rejects rows by the number of their line, and an unclosed quote does not include another row', async () => {
    const { hits, rejects } = await readInput(
      'csv',
      heading,
      `a,${T},x,"two\nlines",,\nb,${T}\nc,,x,,,\n,${T},x,,,\nd,2014-05-13,x,,,\n"e,${T},x,,,\nf,${T},x,,,\n`,
    );
    expect(hits.map(({ hit }) => hit.person)).toEqual(['a', 'f']);
    expect(rejects).toEqual([
      [4, 'The row has 2 cells, the first line 6.'],
      [5, expect.stringMatching(/time is missing/)],
      [6, expect.stringMatching(/No person/)],
      [7, expect.stringMatching(/not a number of seconds/)],
      [8, 'A quote is opened and not closed.'],
    ]);
  });

  test.each([
    ['Identity,Event', /no column named timestamp/],
    ['Identity,Timestamp,Identity', /2 columns named identity/],
    ['Identity,Timestamp,Colour', /“Colour” is not a column/],
    ['Identity,Timestamp,__proto__', /is not a column/],
    ['Identity,Timestamp,Prop:_p', /is not a column/],
  ])('%s is not a first line', async (text, reason) => {
    await expect(readInput('csv', text + '\n')).rejects.toThrow(reason);
  });
});

describe("kmq's own format", () => {
  const hit = {
    key: 'k',
    person: 'bob',
    kind: 'event',
    name: 'x',
    time: T,
    sent: null,
    received: T + 9,
    id: null,
    properties: [],
    warnings: [],
  };

  test('is stored unchanged, for the site that the line names', async () => {
    const odd = {
      ...hit,
      sent: T - 5,
      id: 'i',
      properties: [
        ['_p', '1'],
        ['__proto__', '2'],
        ['B', '3'],
        ['a', ''],
      ],
      warnings: ['w'],
    };
    const { hits, rejects } = await readInput('kmq', line({ kmq: 'export', version: 1 }), line(odd), line(hit));
    expect(rejects).toEqual([]);
    const { received, ...stored } = { ...odd, key: 'site' };
    // No agent is named, as in the exports of versions without agents.
    expect(hits[0]).toEqual({ hit: stored, received, agent: 'server' });
  });

  test.each([
    [{ ...hit, person: undefined }, /“person” is missing/],
    [{ ...hit, kind: 'toString' }, /“kind” has a value that no export contains/],
    [{ ...hit, time: '1' }, /“time” has a value that no export contains/],
    [{ ...hit, agent: 'crawler' }, /“agent” is none of browser, bot, server/],
    [{ ...hit, agent: 'constructor' }, /“agent” is none of/],
    [{ ...hit, agent: null }, /“agent” is none of/],
    [{ ...hit, properties: [['a', 1]] }, /“properties” has a value that no export contains/],
    [{ ...hit, properties: {} }, /“properties” has a value that no export contains/],
    [{ ...hit, person: 'p'.repeat(256) }, /longer than 255/],
    [{ ...hit, name: null }, /No name/],
    [{ ...hit, time: 5 }, /before 2009/],
    [{ ...hit, time: T * 1000 }, /more than a day ahead of “received”/],
    [{ ...hit, kind: 'alias', time: T + 100_000 }, /more than a day ahead of “received”/],
    [{ ...hit, time: T * 1000, received: T * 1000 }, /“received” has a value that no export contains/],
  ])('%j is rejected', async (members, reason) => {
    const { hits, rejects } = await readInput('kmq', line(members));
    expect([hits, rejects]).toEqual([[], [[1, expect.stringMatching(reason)]]]);
  });

  test('follows the rules of hits: of a repeated property the last one counts, with a warning', async () => {
    const { hits } = await readInput(
      'kmq',
      line({
        ...hit,
        properties: [
          ['A', '1'],
          ['a', '2'],
          ['_p', 'q'],
        ],
        warnings: ['w'],
      }),
    );
    expect(hits[0]!.hit).toMatchObject({
      properties: [
        ['a', '2'],
        ['_p', 'q'],
      ],
      warnings: ['w', ['repeated-property', 'a']],
    });
  });

  test('keeps the codes of warnings if all are known, and otherwise their sentences', async () => {
    const warnings = ['The value of “v” was cut at 8192 bytes.', 'w'];
    const known = [['long-value', 'v'], 'w'];
    const unknown = [['of-another-version'], 'w'];
    const lines = [known, unknown].map((reasons) => line({ ...hit, warnings, reasons }));
    const { hits } = await readInput('kmq', ...lines);
    expect(hits.map((one) => one.hit.warnings)).toEqual([known, warnings]);
  });

  test('keeps the agent of a hit', async () => {
    const agents = ['browser', 'bot', 'server'];
    const { hits } = await readInput('kmq', ...agents.map((agent) => line({ ...hit, agent })));
    expect(hits.map(({ agent }) => agent)).toEqual(agents);
  });

  test('may have times up to a day ahead', async () => {
    const ahead = { ...hit, time: hit.received + 86_400 };
    const { hits } = await readInput('kmq', line(ahead));
    expect(hits[0]!.hit.time).toBe(ahead.time);
  });

  test('of another version is refused as a whole', async () => {
    await expect(readInput('kmq', line({ kmq: 'export', version: 2 }))).rejects.toThrow('use a newer kmq');
  });
});

test.each([
  ['{"kmq":"export","version":1}', 'kmq'],
  ['{"key":"k","person":"p","kind":"event","received":1}', 'kmq'],
  ['{"_p":"p","_t":1}', 'raw'],
  ['{"_p":', 'raw'],
  ['Timestamp,"Identity"', 'csv'],
])('%s is the first line of %s', (text, format) => {
  expect(recognise({ number: 1, end: 1, text })).toBe(format);
});

test('an unknown first line is refused', () => {
  expect(() => recognise({ number: 1, end: 1, text: 'PK\u0003\u0004' })).toThrow('neither JSON nor');
});

describe('limits, and placeholders', () => {
  const half = '\\ud83d';
  const many = Object.fromEntries(Array.from({ length: 1200 }, (_, n) => [`p${n}`, 'x']));
  const stored = {
    key: 'site',
    kind: 'event',
    name: 'x',
    time: 1.4e9,
    sent: 1.4e9,
    received: 1.4e9,
    id: null,
    warnings: [],
  };

  test('a raw line of 1,200 properties keeps 1,000, with a warning', async () => {
    const { hits } = await readInput('raw', JSON.stringify({ _p: 'bob', _n: 'x', _t: 1.4e9, ...many }) + '\n');
    expect(hits[0]!.hit.properties).toHaveLength(1000);
    expect(hits[0]!.hit.warnings).toEqual([['many-properties', '200']]);
  });

  test('a line of kmq’s own format keeps all properties, and text that others could not send', async () => {
    const properties = [...Object.entries(many), ['cut', 'x\ud83d']];
    const line = JSON.stringify({ ...stored, person: 'b\ufffdb', id: 'i\ufffd', properties });
    const { hits } = await readInput('kmq', line + '\n');
    expect(hits[0]!.hit).toMatchObject({ person: 'b\ufffdb', id: 'i\ufffd', properties, warnings: [] });
  });

  test.each([
    ['raw', `{"_p":"bob${half}","_n":"x","_t":1400000000}`],
    ['raw', `{"_p":"bob","_p2":"${half}","_t":1400000000}`],
    ['raw', '{"_p":"bob","_p2":"ren\ufffd","_t":1400000000}'],
    ['kmq', JSON.stringify({ ...stored, person: '', properties: [] }).replace('"person":""', `"person":"${half}"`)],
  ] as const)('%s: a damaged identity is refused: %s', async (format, line) => {
    const { hits, rejects } = await readInput(format, line + '\n');
    expect([hits.length, rejects.length]).toEqual([0, 1]);
    expect(rejects[0]![1]).toContain('is damaged');
  });
});
