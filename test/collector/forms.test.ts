import { describe, expect, test } from 'vitest';
import { startCollector, type TestCollector } from '../support/collector.js';

const FORM = 'application/x-www-form-urlencoded';

const post = (collector: TestCollector, address: string, type: string, body: string | Buffer) =>
  collector.send(address, { method: 'POST', headers: { 'content-type': type }, body: body as BodyInit });

/** The result of a body: the export's line without its time, the codes of its warnings, or the code of its refusal. */
async function outcomeOf(address: string, type: string, body: string | Buffer) {
  const collector = await startCollector();
  const response = await post(collector, address, type, body);
  expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([200, 43]);
  const { hits, refusals } = await collector.live(1);
  if (refusals[0]) return { refused: refusals[0].code, request: refusals[0].request };
  const [line] = await collector.export();
  delete line!._t;
  return { line, warnings: hits[0]!.warningCodes };
}

const latin = (text: string) => Buffer.from(text, 'latin1');

describe('multipart/form-data', () => {
  const TYPE = 'multipart/form-data; boundary=XyZ';
  const part = (name: string, value: string, more = '') =>
    `--XyZ\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
  const hit = part('_k', 'site') + part('_p', 'böb') + part('_n', 'Signed Up');
  const stored = { _p: 'böb', _n: 'Signed Up' };
  const END = '--XyZ--\r\n';

  test.each<[string, string, Record<string, string>, string[]]>([
    ['as cURL sends it', hit + part('plan', 'pro') + END, { plan: 'pro' }, []],
    ['an empty value', hit + part('plan', '') + END, { plan: '' }, []],
    ['percent signs and pluses are not decoded', hit + part('rate', '5%25+1') + END, { rate: '5%25+1' }, []],
    ['line breaks in a value', hit + part('note', 'a\r\n--Xy\r\n') + END, { note: 'a\r\n--Xy\r\n' }, []],
    ['a longer line is not a boundary', hit + part('note', 'a\r\n--XyZ1') + END, { note: 'a\r\n--XyZ1' }, []],
    ['escapes in a name', hit + part('a%22b\\"c', '1') + END, { 'a"b"c': '1' }, []],
    ['a file', hit + part('photo', 'x', '; filename="a.png"\r\nContent-Type: image/png') + END, {}, ['file-part']],
    ['text before and after the parts', `before\r\n${hit}${END}behind`, {}, []],
    [
      'a name that is not ASCII, as Python sends it',
      `${hit}--XyZ\r\nContent-Disposition: form-data; name*=utf-8''gr%C3%B6%C3%9Fe\r\n\r\nXL\r\n${END}`,
      { größe: 'XL' },
      [],
    ],
    ['a part without a name', `${hit}--XyZ\r\n\r\nx\r\n${END}`, {}, []],
    ['lines that end with a line feed', (hit + part('a', '1') + END).replaceAll('\r\n', '\n'), { a: '1' }, []],
    ['no line break at the end', hit + '--XyZ--', {}, []],
  ])('%s', async (_, body, properties, warnings) => {
    expect(await outcomeOf('/e', TYPE, body)).toEqual({ line: { ...stored, ...properties }, warnings });
  });

  test('a body that says it is not encoded', async () => {
    const collector = await startCollector();
    const headers = { 'content-type': TYPE, 'content-encoding': 'identity' };
    await collector.send('/e', { method: 'POST', headers, body: hit + END });
    expect(await collector.export()).toMatchObject([stored]);
  });

  test('a boundary in quotes, with a space in it', async () => {
    const body = (hit + END).replaceAll('XyZ', "a b'c");
    expect(await outcomeOf('/e', 'Multipart/Form-Data; Boundary="a b\'c"', body)).toMatchObject({ line: stored });
  });

  test('the parts override the query', async () => {
    const body = part('_p', 'bob') + END;
    expect(await outcomeOf('/e?_k=site&_n=x&_p=ann', TYPE, body)).toMatchObject({ line: { _p: 'bob' } });
  });

  test('one part, or all of them, may name a charset', async () => {
    const type = '\r\nContent-Type: text/plain; charset=ISO-8859-1';
    const body = part('_k', 'site') + part('_p', 'ren\xe9', type) + part('_n', 'x') + END;
    expect(await outcomeOf('/e', TYPE, latin(body))).toMatchObject({ line: { _p: 'rené' } });
    expect(await outcomeOf('/e', `${TYPE}; charset=latin1`, latin(body))).toMatchObject({ line: { _p: 'rené' } });
  });

  test.each([
    ['an identity that is not UTF-8', latin(part('_k', 'site') + part('_n', 'x') + part('_p', 'ren\xe9') + END)],
    [
      'half of an encoded surrogate pair',
      latin(part('_k', 'site') + part('_n', 'x') + part('_p', '\xed\xa0\x80') + END),
    ],
  ])('%s is refused', async (_, body) => {
    expect(await outcomeOf('/e', TYPE, body)).toMatchObject({ refused: 'damaged-identity' });
  });

  test.each([
    ['without its last boundary', TYPE, hit],
    ['cut off in a name', TYPE, hit + '--XyZ\r\nContent-Disposition: form-data; na'],
    ['of another boundary', 'multipart/form-data; boundary=other', hit + END],
    ['of no boundary', 'multipart/form-data', hit + END],
    ['of nothing but line breaks', TYPE, '\r\n'.repeat(500_000)],
    ['of half a million boundaries', TYPE, '--XyZ\r\n'.repeat(140_000)],
  ])('a body %s is refused', async (_, type, body) => {
    expect(await outcomeOf('/e', type, body)).toMatchObject({ refused: 'broken-body' });
  });
});

describe('a JSON object', () => {
  const TYPE = 'application/json; charset=utf-8';
  const fields = '"_k":"site","_p":"bob","_n":"x"';

  test.each<[string, string, Record<string, string>, string[]]>([
    ['texts', `{${fields},"a":"b\\u00fc"}`, { a: 'bü' }, []],
    [
      'numbers and booleans',
      `{${fields},"a":19.50,"b":-0,"c":1e3,"d":true}`,
      { a: '19.5', b: '0', c: '1000', d: 'true' },
      [],
    ],
    ['null', `{${fields},"a":null,"_t":null,"_i":null}`, { a: '' }, []],
    ['a list', `{${fields},"a":["x",2,null,true,"y,z"],"b":[]}`, { a: 'x,2,,true,y,z', b: '' }, []],
    [
      'what is deeper',
      `{${fields},"a":{"b":1},"c":[[1]],"d":[{}],"e":1}`,
      { e: '1' },
      Array<string>(3).fill('nested-property'),
    ],
    [
      'numbers of 20 digits',
      `{${fields},"a":12345678901234567890,"b":[98765432109876543210]}`,
      { a: '12345678901234567890', b: '98765432109876543210' },
      [],
    ],
    [
      'numbers that are not times',
      `{${fields},"a":1e400,"b":2e400,"c":1e-400}`,
      { a: '1e400', b: '2e400', c: '1e-400' },
      [],
    ],
    ['a member twice', `{${fields},"a":1,"a":2}`, { a: '2' }, ['repeated-property']],
    [
      'spaces and signs',
      `\ufeff \n{ ${fields} , "a" : "{[\\"\\\\" , "b:c,\\"" : "," }\r\n`,
      { a: '{["\\', 'b c "': ',' },
      [],
    ],
    ['half a surrogate pair', `{${fields},"a":"x\\ud800"}`, { a: 'x\ufffd' }, ['ill-formed-text']],
  ])('%s', async (_, body, properties, warnings) => {
    expect(await outcomeOf('/e', TYPE, body)).toEqual({ line: { _p: 'bob', _n: 'x', ...properties }, warnings });
  });

  test('__proto__ is an ordinary member', async () => {
    const { line } = await outcomeOf('/e', TYPE, `{${fields},"__proto__":"x"}`);
    expect(Object.entries(line!)).toContainEqual(['__proto__', 'x']);
  });

  test('a number may be an identity, of any length', async () => {
    const body = '{"_k":"site","_n":"x","_p":12345678901234567890}';
    expect(await outcomeOf('/e', TYPE, body)).toMatchObject({ line: { _p: '12345678901234567890' } });
  });

  test('of repeated members the last one counts, and the body overrides the query', async () => {
    const body = '{"_p":"ann","_p":"bob"}';
    expect(await outcomeOf('/e?_k=site&_n=x&_p=eve', TYPE, body)).toMatchObject({ line: { _p: 'bob' } });
  });

  test.each<[string, string | Buffer, string]>([
    ['a list', `[{${fields}}]`, 'broken-body'],
    ['a text', '"x"', 'broken-body'],
    ['null', 'null', 'broken-body'],
    ['an object that was cut off', `{${fields}`, 'broken-body'],
    ['deeper than any stack', `{"a":${'['.repeat(500_000)}`, 'broken-body'],
    ['an identity with half a surrogate pair', '{"_k":"site","_n":"x","_p":"bob\\ud83d"}', 'damaged-identity'],
    ['an identity that is not UTF-8', latin('{"_k":"site","_n":"x","_p":"ren\xe9"}'), 'damaged-identity'],
    ['an identity that is an object', '{"_k":"site","_n":"x","_p":{"id":1}}', 'no-person'],
    ['no identity', '{"_k":"site","_n":"x","_p":null}', 'no-person'],
  ])('%s is refused', async (_, body, refused) => {
    expect(await outcomeOf('/e', TYPE, body)).toMatchObject({ refused });
  });

  test('half a million brackets in a value do no harm', async () => {
    const body = `{"a":${'['.repeat(250_000)}${']'.repeat(250_000)},${fields},"b":1}`;
    const warnings = ['nested-property'];
    expect(await outcomeOf('/e', TYPE, body)).toEqual({ line: { _p: 'bob', _n: 'x', b: '1' }, warnings });
  });

  test('a refused request is shown as an address, in which a person can be found', async () => {
    const body = '{"_k":"site","_p":"b\\u00fcb@x.test"}';
    expect(await outcomeOf('/e', TYPE, body)).toEqual({
      refused: 'no-name',
      request: '/e?_k=site&_p=b%C3%BCb%40x.test',
    });
  });

  test('is not a batch', async () => {
    expect(await outcomeOf('/b', TYPE, `{${fields}}`)).toMatchObject({ refused: 'body-type' });
  });

  test('can be sent by a page of another origin', async () => {
    const collector = await startCollector();
    const { headers } = await collector.send('/e', { method: 'OPTIONS' });
    expect(headers.get('access-control-allow-headers')).toBe('Content-Type');
  });
});

describe('bytes and charsets', () => {
  test.each<[string, string, string, string[]?]>([
    ['latin1, raw', `${FORM}; charset=iso-8859-1`, '_p=ren\xe9'],
    ['latin1, in escapes', `${FORM};charset=ISO-8859-1`, '_p=ren%e9'],
    ['UTF-8 in escapes, whatever is declared', 'text/plain; charset=ISO-8859-1', '_p=ren%C3%A9'],
    ['windows-1252 in quotes', `${FORM}; charset="Windows-1252"`, '_p=ren\xe9'],
    ['UTF-8 without escapes', FORM, '_p=ren\xc3\xa9'],
    ['UTF-8, half of it in escapes', `${FORM}; charset=utf-8`, '_p=ren\xc3%A9&x=\xe9', ['not-utf8']],
    ['an unknown charset', `${FORM}; charset=x-none`, '_p=ren\xc3\xa9', ['unknown-charset']],
  ])('%s', async (_, type, person, warnings = []) => {
    const outcome = await outcomeOf('/e', type, latin(`_k=site&_n=x&${person}`));
    expect(outcome).toMatchObject({ line: { _p: 'rené' }, warnings });
  });

  test('UTF-16', async () => {
    const body = Buffer.from('_k=site&_n=x&_p=ren\u00e9%C3%A9\n', 'utf16le');
    expect(await outcomeOf('/e', `${FORM}; charset=utf-16`, body)).toMatchObject({ line: { _p: 'renéé' } });
    const broken = Buffer.concat([body, Buffer.from([0, 0xd8, 0x61])]);
    expect(await outcomeOf('/e', `${FORM}; charset=utf-16`, broken)).toMatchObject({ refused: 'broken-body' });
  });

  test.each(['_p=ren\xe9', '_p=ren%e9', '_p=%ED%A0%80', '_p=ren\xe9\xa0'])('identity %j is refused', async (person) => {
    expect(await outcomeOf('/e', FORM, latin(`_k=site&_n=x&${person}`))).toMatchObject({ refused: 'damaged-identity' });
  });

  test('people whose names differ only in such bytes are different people, in a batch as well', async () => {
    const collector = await startCollector();
    const lines = [
      '/a?_k=site&_p=a&_n=ren\xe9',
      '/a?_k=site&_p=b&_n=ren\xe8',
      '/e?_k=site&_p=c&_n=\xe9',
      '/e?_k=site&_p=d&_n=x',
    ];
    await post(collector, '/b', 'text/plain', latin(lines.join('\n')));
    expect((await collector.export()).map(({ _p, _n }) => [_p, _n])).toEqual([
      ['c', '\ufffd'],
      ['d', 'x'],
    ]);
    const { refusals, hits } = await collector.live(4);
    expect(refusals.map(({ request }) => request)).toEqual(['/a?_k=site&_p=a&_n=ren%E9', '/a?_k=site&_p=b&_n=ren%E8']);
    expect(hits.map(({ warningCodes }) => warningCodes)).toEqual([['not-utf8'], []]);
    await post(collector, '/b', 'text/plain; charset=latin1', latin(lines.slice(0, 2).join('\n')));
    expect((await collector.person('rené'))!.identities).toEqual(['a', 'rené']);
  });

  test('spaces at the end of a body belong to its last value, line breaks do not', async () => {
    expect(await outcomeOf('/e', FORM, '\n_k=site&_n=x&_p=bob \r\n')).toMatchObject({ line: { _p: 'bob ' } });
  });
});

test('a long header does not make a long reason', async () => {
  const outcome = await outcomeOf('/e?_k=site', `text/html;${'x'.repeat(50_000)}`, 'x');
  expect(outcome).toMatchObject({ refused: 'body-type' });
});
