import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import type { LiveHit } from '../../src/protocol/api.js';
import type { AcceptedHit } from '../../src/protocol/interpret.js';
import type { OverviewAnswer } from '../../src/protocol/reports.js';
import type { Agent, ArrivedHit } from '../../src/collector/store/store.js';
import { KEY, startCollector, temporaryFolder } from '../support/collector.js';
import { liveOf, peopleOf, personOf } from '../support/answers.js';
import { findClickHouse, startClickHouse } from '../support/clickhouse.js';
import { serve } from '../support/command.js';
import { openFolder, run, start, storedHits } from '../support/transfer.js';

const T = 1_400_000_000;

const hit = (
  person: string,
  name: string | null,
  more: Partial<AcceptedHit> = {},
  agent: Agent = 'browser',
): ArrivedHit => ({
  hit: { kind: 'event', key: KEY, person, name, time: T, sent: T, id: null, properties: [], warnings: [], ...more },
  received: T + 60,
  agent,
});

/** A site with people with several identities, repeats, odd names and hits of another key. */
const HITS = [
  hit('anon=', 'Visited Site', { id: '1400000000000000a', properties: [['Referrer', 'https://a.example/?a=1&b=2']] }),
  hit('anon=', 'bob', { kind: 'alias', sent: null }),
  hit('bob', 'Signed Up', {
    properties: [
      ['__proto__', 'x'],
      ['_p', 'y'],
      ['constructor', ''],
      ['b', '\u0000\u2028"'],
      ['a', '😀\ud800'],
    ],
  }),
  hit('bob', 'Signed Up', { sent: T, warnings: ['mended', '<b>'] }),
  hit('bob', 'signed up', { sent: null, time: T + 1 }, 'server'),
  hit('bob', null, { kind: 'properties', properties: [['gender', 'male']] }),
  hit('__proto__', 'x', { key: '__proto__' }),
  hit('only ever aliased', 'bob', { kind: 'alias' }),
  ...Array.from({ length: 3000 }, (_, n) =>
    hit(
      `p${n % 700}`,
      `e${n % 7}`,
      { time: T + n, sent: T + (n % 50), id: n % 3 ? `id${n}` : null },
      (['browser', 'bot', 'server'] as const)[n % 3],
    ),
  ),
];

async function filled(hits = HITS): Promise<string> {
  const folder = await temporaryFolder();
  const store = openFolder(folder);
  await store.append(hits);
  await store.close();
  return folder;
}

const latestHits = async (store: EmbeddedStore, key: string): Promise<LiveHit[]> =>
  (await liveOf(store, key, undefined, 2 * HITS.length)).hits;

/** What both stores are compared by. */
async function contents(folder: string): Promise<unknown> {
  const store = openFolder(folder);
  const people = ['bob', 'anon=', 'only ever aliased', 'p5', 'p699'];
  const answer = {
    keys: (await store.keys()).sort(),
    // An export does not contain which hits are repeats: each store finds them.
    hits: [await latestHits(store, KEY), await latestHits(store, '__proto__')],
    people: await Promise.all(people.map((person) => personOf(store, KEY, person))),
    found: await peopleOf(store, KEY, 'p1', 50),
  };
  await store.close();
  return answer;
}

describe('moving', () => {
  test('from one store to another loses nothing', async () => {
    const from = await filled();
    const to = await temporaryFolder();
    const lines = await run(['export', '--data', from]);
    expect(lines).toMatchObject({ code: 0, err: `Hits exported: ${HITS.length}; sites: 2.\n` });
    const imported = await run(['import', '--data', to], lines.out);
    expect(imported).toEqual({
      code: 0,
      out: '',
      err: `Lines read: ${HITS.length + 1}; hits imported: ${HITS.length}; lines rejected: 0.\n`,
    });
    const before = (await contents(from)) as { hits: { duplicate: boolean }[][] };
    expect(before.hits[0]!.length + before.hits[1]!.length).toBe(HITS.length);
    expect(before.hits[0]!.filter(({ duplicate }) => duplicate).length).toBeGreaterThan(1);
    expect(await contents(to)).toEqual(before);
    expect((await run(['export', '--data', to])).out).toBe(lines.out);
  });

  test('from a version without agents: the agent of each hit is “server”', async () => {
    const lines = (await run(['export', '--data', await filled()])).out;
    const to = await temporaryFolder();
    const old = lines.replace(/"agent":"\w+",/g, '');
    expect(old.length).toBeLessThan(lines.length);
    expect(await run(['import', '--data', to], old)).toMatchObject({ code: 0 });
    expect((await run(['export', '--data', to])).out).toBe(lines.replace(/"agent":"\w+"/g, '"agent":"server"'));
  });

  test('from KISSmetrics: imported days have visits, with the channels and referrers from which they came', async () => {
    const data = await temporaryFolder();
    const day = 1_400_000_000 - (1_400_000_000 % 86_400);
    const lines = [
      {
        _p: 'anon',
        _t: day + 3600,
        _n: 'Visited Site',
        url: 'https://shop.example/',
        referrer: 'https://news.example/a',
      },
      { _p: 'anon', _t: day + 3601, _n: 'Page View', 'viewed url': 'https://shop.example/' },
      { _p: 'anon', _t: day + 9000, _n: 'Visited Site', url: 'https://shop.example/', referrer: 'Direct' },
      { _p: 'bob', _t: day + 3600, _n: 'Ad Campaign Hit', 'campaign medium': 'cpc', 'campaign source': 'search' },
      { _p: 'bob', _t: day + 7200, _n: 'Billed', 'billing amount': 9 },
    ];
    const imported = await run(
      ['import', '--data', data, '--key', KEY],
      lines.map((one) => JSON.stringify(one)).join('\n'),
    );
    expect(imported.code).toBe(0);
    const question = { from: '2014-05-13', to: '2014-05-13' };
    const report = ['report', 'overview', '--data', data, '--key', KEY, '--q', JSON.stringify(question), '--json'];
    const answer = JSON.parse((await run(report)).out) as OverviewAnswer;
    expect(answer.rows).toMatchObject([{ people: 2, visits: 3 }]);
    expect(answer.channels).toMatchObject([
      { value: 'Paid', times: 1 },
      { value: 'Referral', times: 2 },
    ]);
    expect(answer.referrers.map(({ value }) => value)).toContain('news.example');
  });

  test.skipIf(!findClickHouse())('to ClickHouse and back again loses nothing', async () => {
    // ClickHouse gets UTF-8, which has no halves of surrogate pairs.
    const whole = HITS.map(({ hit, ...arrival }) => {
      const properties = hit.properties.map(([name, value]): [string, string] => [name, value.toWellFormed()]);
      return { hit: { ...hit, properties }, ...arrival };
    });
    const from = await filled(whole);
    const [spool, to] = [await temporaryFolder(), await temporaryFolder()];
    const server = await startClickHouse();
    onTestFinished(() => server.stop());
    const url = server.url('moved');
    const there = await run(['export', '--data', from]);
    expect(await run(['import', '--store', url, '--data', spool], there.out)).toMatchObject({ code: 0 });
    const back = await run(['export', '--store', url]);
    expect(back).toMatchObject({ code: 0, err: `Hits exported: ${HITS.length}; sites: 2.\n` });
    expect(await run(['import', '--data', to], back.out)).toMatchObject({ code: 0 });
    expect(await contents(to)).toEqual(await contents(from));
    expect((await run(['export', '--data', to])).out).toBe(there.out);
  });

  test('keeps the identities of a person together, also if their alias is older than the retention', async () => {
    const from = await filled([
      hit('cookie', 'Visited Site'),
      hit('cookie', 'ann', { kind: 'alias' }),
      hit('cookie', 'Visited Site', { time: T + 100, sent: T + 100 }),
      hit('ann', 'Bought', { time: T + 100, sent: T + 100 }),
    ]);
    const store = openFolder(from);
    expect(await store.expire(KEY, T + 50)).toBe(1);
    await store.close();
    const to = await temporaryFolder();
    expect(await run(['import', '--data', to], (await run(['export', '--data', from])).out)).toMatchObject({ code: 0 });
    expect((await personOf(openFolder(to), KEY, 'ann'))!.identities.sort()).toEqual(['ann', 'cookie']);
  });

  test('works through a pipe, while a collector accepts hits for the first folder', async () => {
    const from = await filled();
    const to = await temporaryFolder();
    const collector = await serve(['--data', from]);
    let sent = 0;
    let sending = true;
    const sender = (async () => {
      while (sending) {
        const response = await fetch(`${collector.origin}/e?_k=${KEY}&_p=busy&_n=n${sent}`);
        if (response.status === 200) sent += 1;
      }
    })();
    await expect.poll(() => sent).toBeGreaterThan(5);
    const acknowledged = sent;
    const writing = start(['export', '--data', from]);
    const reading = start(['import', '--data', to]);
    const ended = once(reading, 'close');
    await pipeline(writing.stdout!, reading.stdin!);
    expect(await ended).toEqual([0, null]);
    sending = false;
    await sender;
    const moved = await storedHits(openFolder(to));
    expect(moved.filter(({ person }) => person === 'busy').length).toBeGreaterThanOrEqual(acknowledged);
    expect(moved.filter(({ person }) => person !== 'busy').length).toBe(HITS.length - 1);
  });

  test('by the raw export keeps people, events and times', async () => {
    const raw = await run(['export', '--data', await filled(), '--format', 'raw', '--key', KEY]);
    const to = await temporaryFolder();
    const lines = raw.out.split('\n').length - 1;
    // Senders cannot send the property “_p”; here it replaces the person of its hit.
    expect(await run(['import', '--data', to, '--key', 'other'], raw.out)).toMatchObject({ code: 0 });
    const store = openFolder(to);
    const hits = await storedHits(store, 'other');
    expect(hits.length).toBe(lines);
    expect((await personOf(store, 'other', 'anon='))!.identities).toContain('bob');
    expect(hits.at(-1)).toMatchObject({ person: 'p199', name: 'e3', time: T + 2999, id: 'id2999' });
  });
});

describe('an interrupted import', () => {
  test('continues where it was interrupted, with no hit lost or doubled, after SIGKILL at any moment', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'export.json');
    const count = 40_000;
    // Without ids: only the bookmark says that a line was imported before.
    const lines = Array.from({ length: count }, (_, n) =>
      JSON.stringify({ _p: `p${n % 100}`, _t: T + n, _n: `n${n}` }),
    );
    await writeFile(file, lines.join('\n') + '\n');
    let data = '';
    let parameters: string[] = [];
    let killed = 0;
    for (let attempt = 0; killed < 6; attempt++) {
      if (!killed) {
        data = join(folder, `data${attempt}`);
        parameters = ['import', file, '--key', KEY, '--data', data];
      }
      const child = start(parameters);
      const ended = once(child, 'close') as Promise<[number | null, string | null]>;
      // After a random part of the work: the log grows with each batch, and begins again at each start.
      const written = Math.random() * 1_000_000;
      const log = async (): Promise<number> => (await stat(join(data, 'kmq.db-wal')).catch(() => ({ size: 0 }))).size;
      while (child.exitCode === null && (await log()) <= written) await pause(5);
      await pause(Math.random() * 50);
      child.kill('SIGKILL');
      // On a busy machine the import may finish before it is killed. Then the test begins again with another folder.
      killed = (await ended)[1] === 'SIGKILL' ? killed + 1 : 0;
    }
    expect((await run(parameters)).code).toBe(0);
    const hits = await storedHits(openFolder(data));
    expect(hits.map(({ name }) => name)).toEqual(lines.map((_, n) => `n${n}`));
  });

  test('continues if its file has grown, and begins again with another name or other contents', async () => {
    const folder = await temporaryFolder();
    const data = join(folder, 'data');
    const file = join(folder, 'a.csv');
    const parameters = ['import', file, '--key', KEY, '--data', data];
    const row = (person: string): string => `${person},${T},x\n`;
    await writeFile(file, 'Identity,Timestamp,Event\n' + row('a') + 'b,14000');
    expect(await run(parameters)).toMatchObject({
      code: 2,
      err: expect.stringContaining('may have been cut off') as string,
    });
    await appendFile(file, `00000,x\n${row('c')}`);
    expect(await run(parameters)).toMatchObject({
      code: 0,
      err: 'Lines read: 2 after 2 that earlier imports had read; hits imported: 2; lines rejected: 0.\n',
    });
    expect((await run(parameters)).err).toContain('Lines read: 0 after 4');
    await writeFile(file, 'Identity,Timestamp,Event\n' + row('d'));
    expect((await run(parameters)).err).toContain('Lines read: 2; hits imported: 1;');
    await writeFile(file, 'Identity,Timestamp,Event\n' + row('a'));
    expect(await run(parameters)).toMatchObject({
      code: 1,
      err: expect.stringContaining('give the import another name with --source') as string,
    });
    expect((await run([...parameters, '--source', 'again'])).err).toContain('imported: 1;');
    const people = (await storedHits(openFolder(data))).map(({ person }) => person);
    expect(people).toEqual(['a', 'b', 'c', 'd', 'a']);
  });

  test('stores nothing if the lines that were imported before have changed', async () => {
    const folder = await temporaryFolder();
    const data = join(folder, 'data');
    const file = join(folder, 'export.json');
    const parameters = ['import', file, '--data', data];
    const line = (key: string, person: string): string => {
      const rest = { kind: 'event', name: 'x', time: T, sent: T, received: T, id: null, properties: [], warnings: [] };
      return JSON.stringify({ key, person, ...rest }) + '\n';
    };
    const contents = (...hits: string[]): Promise<void> =>
      writeFile(file, hits.map((hit) => line(...(hit.split(' ') as [string, string]))).join(''));
    await contents('one a', 'one b', 'one c', 'two d');
    expect((await run(parameters)).err).toContain('imported: 4;');
    const refused = { code: 1, err: expect.stringContaining('were imported before, and have changed since') as string };
    // A hit of the first site has arrived: all lines of the second site are further down.
    await contents('one a', 'one b', 'one c', 'one new', 'two d', 'two e');
    expect(await run(parameters)).toMatchObject(refused);
    // A hit was removed, and others have arrived.
    await contents('one a', 'one b', 'two d', 'two e', 'two f');
    expect(await run(parameters)).toMatchObject(refused);
    // As many lines as before.
    await contents('one a', 'one b', 'two d', 'two e');
    expect(await run(parameters)).toMatchObject(refused);
    await contents('one a', 'one b', 'one c', 'two d', 'two e');
    expect((await run(parameters)).err).toContain('Lines read: 1 after 4');
    const store = openFolder(data);
    const stored = [...(await storedHits(store, 'one')), ...(await storedHits(store, 'two'))];
    expect(stored.map(({ person }) => person)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('of an earlier version continues, although that version stored no digest of the lines', async () => {
    const folder = await temporaryFolder();
    const data = join(folder, 'data');
    const file = join(folder, 'a.csv');
    const parameters = ['import', file, '--key', KEY, '--data', data];
    await writeFile(file, `Identity,Timestamp,Event\na,${T},x\n`);
    expect((await run(parameters)).err).toContain('imported: 1;');
    const db = new DatabaseSync(join(data, 'kmq.db'));
    expect(db.prepare("DELETE FROM bookmarks WHERE source LIKE '%, digest'").run().changes).toBe(1);
    db.close();
    // A cell with a line break, of which the first import sees only the first line.
    await appendFile(file, `b,${T},"y\n`);
    expect((await run(parameters)).code).toBe(2);
    await appendFile(file, `z"\nc,${T},x\n`);
    expect((await run(parameters)).code).toBe(0);
    expect((await storedHits(openFolder(data))).map(({ person, name }) => [person, name])).toEqual([
      ['a', 'x'],
      ['b', 'y\nz'],
      ['c', 'x'],
    ]);
  });

  test('of a stream continues if the stream has a name or the same beginning', async () => {
    const data = await temporaryFolder();
    const line = (person: string): string => JSON.stringify({ _p: person, _t: T, _n: 'x' }) + '\n';
    const named = ['import', '--key', KEY, '--data', data, '--source', 'move'];
    expect((await run(named, line('a'))).err).toContain('imported: 1;');
    expect((await run([...named, '-'], line('a') + line('b'))).err).toContain('Lines read: 1 after 1');
    const unnamed = ['import', '--key', KEY, '--data', data];
    expect((await run(unnamed, line('c'))).err).toContain('imported: 1;');
    expect((await run(unnamed, line('c'))).err).toContain('imported: 0;');
    expect((await run(unnamed, line('d'))).err).toContain('imported: 1;');
    expect((await storedHits(openFolder(data))).map(({ person }) => person)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('of a stream without a name says that a longer stream needs one', async () => {
    const data = await temporaryFolder();
    const file = join(await temporaryFolder(), 'a.json');
    const line = JSON.stringify({ _p: 'a', _t: T, _n: 'x' }) + '\n';
    await writeFile(file, line);
    const parameters = ['import', '--key', KEY, '--data', data];
    const notice = /^Standard input has no name, .* same --source NAME: .*\nLines read: 1; hits imported: 1; [^\n]*\n$/;
    expect((await run(parameters, line)).err).toMatch(notice);
    for (const named of [[file], ['--source', 'move'], ['--dry-run']])
      expect((await run([...parameters, ...named], line)).err).toMatch(/^Lines read: 1; /);
  });
});

describe('the input of an import', () => {
  test('may be compressed, and several files; rejected lines are listed with their file', async () => {
    const folder = await temporaryFolder();
    const files = ['one.csv', 'two.json.gz', 'empty'].map((name) => join(folder, name));
    const [one, two, empty] = files as [string, string, string];
    const rejects = join(folder, 'rejects');
    await writeFile(one, `Identity,Timestamp,Event\nbob,${T},x\n${'n,,x\n'.repeat(12)}`);
    await writeFile(two, gzipSync(`{"_p":"ada","_t":${T},"_n":"y"}\n{"_p":"\\u001b[2J"\n`));
    await writeFile(empty, '');
    const parameters = ['import', ...files, '--key', KEY, '--data', join(folder, 'data')];

    const dry = await run([...parameters, '--dry-run']);
    expect([dry.code, dry.err.split('\n').at(-2)]).toEqual([2, 'Lines read: 16; hits found: 2; lines rejected: 13.']);
    expect(await readdir(folder)).not.toContain('data');

    const real = await run([...parameters, '--rejects', rejects]);
    expect([real.code, real.out]).toEqual([2, '']);
    expect(real.err.split('\n').filter((line) => line.startsWith(one))).toHaveLength(10);
    const listed = (await readFile(rejects, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { file: string; line: number });
    expect(listed.map(({ file, line }) => [file, line])).toEqual([
      ...Array.from({ length: 12 }, (_, n) => [one, n + 3]),
      [two, 2],
    ]);
    expect((await storedHits(openFolder(join(folder, 'data')))).map(({ person }) => person)).toEqual(['bob', 'ada']);
  });

  test('may be the folder of a dump, whose files are read in their order, each once', async () => {
    const folder = await temporaryFolder();
    const dump = join(folder, 'bucket');
    await mkdir(join(dump, 'revisions'), { recursive: true });
    const line = (n: number): string => `{"_p":"Zo\\303\\253","_t":${T},"_n":"n${n}"}\n`;
    for (const n of [10, 2, 1]) await writeFile(join(dump, `revisions/${n}.json`), line(n));
    await writeFile(join(dump, 'revisions/3.json.gz'), gzipSync(line(3)));
    await writeFile(join(dump, 'revisions/.4.json.swp'), 'x');
    await writeFile(join(dump, 'revisions/4.json'), '');
    await writeFile(join(dump, 'index.csv'), 'Filename,Minimum Timestamp\n');
    await writeFile(join(dump, 'status.csv'), 'Total Revisions\n4\n');
    await writeFile(join(dump, 'read me.txt'), 'hello');
    const parameters = ['import', dump, '--key', KEY, '--data', join(folder, 'data')];
    const first = await run(parameters);
    expect([first.code, first.err.split('\n')]).toEqual([
      0,
      [
        ...['index.csv', 'read me.txt', 'status.csv'].map(
          (name) => `${join(dump, name)}: not read, since files with hits have other names.`,
        ),
        'Lines read: 4; hits imported: 4; lines rejected: 0; malformed lines that were read: 4.',
        '',
      ],
    ]);
    await writeFile(join(dump, 'revisions/11.json'), line(11));
    expect((await run(parameters)).err).toContain(
      'Lines read: 1 after 4 that earlier imports had read; hits imported: 1;',
    );
    const hits = await storedHits(openFolder(join(folder, 'data')));
    expect(hits.map(({ person, name }) => [person, name])).toEqual([1, 2, 3, 10, 11].map((n) => ['Zoë', `n${n}`]));
  });

  test('is named in the error if it contains no hits', async () => {
    const folder = await temporaryFolder();
    const data = ['--key', KEY, '--data', join(folder, 'data')];
    const [zip, empty] = [join(folder, 'dump.zip'), join(folder, 'empty')];
    await writeFile(zip, 'PK\u0003\u0004');
    await mkdir(empty);
    const packed = await run(['import', zip, ...data]);
    expect([packed.code, packed.err]).toEqual([
      1,
      expect.stringContaining(`kmq: ${zip}: This is neither JSON nor CSV`),
    ]);
    expect(packed.err).toContain('unpack it');
    const nothing = await run(['import', empty, ...data]);
    expect([nothing.code, nothing.err]).toEqual([1, expect.stringContaining('a folder without files to read')]);
  });

  test('is imported once however often it is given, also as an array, and aliases without a time', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'aliases.json');
    await writeFile(
      file,
      JSON.stringify(
        [
          { _p: 'a', _p2: 'b' },
          { _p: 'b', _p2: 'c' },
        ],
        null,
        2,
      ),
    );
    const parameters = ['import', file, '--key', KEY, '--data', join(folder, 'data')];
    expect((await run(parameters)).err).toBe('Lines read: 2; hits imported: 2; lines rejected: 0.\n');
    expect((await run(parameters)).err).toContain('Lines read: 0 after 2');
    // With another name the same aliases are imported again, and change nothing.
    expect((await run([...parameters, '--source', 'again'])).err).toContain('imported: 2;');
    const collector = await startCollector({ data: join(folder, 'data') });
    expect((await collector.person('a'))!.identities.sort()).toEqual(['a', 'b', 'c']);
  });

  test.each([
    [['/nowhere'], '', /ENOENT/],
    [['-'], 'PK\u0003\u0004', /neither JSON/],
    [['-'], '{"_p":"b"}', /--key/],
    [['-', '-', '--source', 'x'], '', /one file/],
    [['-'], gzipSync(`{"_p":"b","_t":${T},"_n":"x"}\n`.repeat(100)).subarray(0, 40), /unexpected end/],
    [['-'], '{"kmq":"export","version":99}\n', /newer kmq/],
  ])('%j ends with a reason', async (parameters, input, reason) => {
    const { code, err, out } = await run(['import', ...parameters, '--data', await temporaryFolder()], input);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(reason);
  });
});

describe('an export', () => {
  test('ends without an error when its reader stops reading', async () => {
    const folder = await temporaryFolder();
    const store = openFolder(folder);
    const many = Array.from({ length: 20_000 }, (_, n) =>
      hit('p', `n${n}`, { properties: [['long', 'x'.repeat(200)]] }),
    );
    await store.append(many);
    await store.close();
    const child = spawn('sh', [
      '-c',
      '"$0" server/bin/kmq.js export --data "$1" | head -n 1',
      process.execPath,
      folder,
    ]);
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await once(child, 'close');
    expect(text).toMatch(/^\{"kmq":"export","version":1\}\n(Hits exported: \d+; sites: 1\.\n)?$/);
  });

  test('replaces its file when it is complete, and only its owner can read the file', async () => {
    const data = await filled();
    const folder = await temporaryFolder();
    const file = join(folder, 'backup.json');
    expect(await run(['export', '--data', data, '--output', file])).toMatchObject({ code: 0, out: '' });
    expect((await readFile(file, 'utf8')).split('\n').length).toBe(HITS.length + 2);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['backup.json']);
  });

  test('as raw has the lines of the read API', async () => {
    const data = await filled();
    const collector = await serve(['--data', data]);
    const answer = await (await fetch(`${collector.origin}/api/v1/export?key=${KEY}`)).text();
    expect((await run(['export', '--data', data, '--format', 'raw', '--key', KEY])).out).toBe(answer);
  });

  test('of a missing folder ends with a reason, and makes nothing', async () => {
    const folder = await temporaryFolder();
    expect(await run(['export', '--data', join(folder, 'x')])).toMatchObject({
      code: 1,
      err: expect.stringContaining('no store') as string,
    });
    expect(await readdir(folder)).toEqual([]);
    const data = await filled();
    expect((await run(['export', '--data', data, '--key', 'slip'])).err).toContain('no hits of a site “slip”');
    expect((await run(['export', '--data', data, '--format', 'raw'])).err).toContain('--key');
  });
});

test('only one process can write to a folder: the second is told to stop the first', async () => {
  const data = await temporaryFolder();
  const collector = await serve(['--data', data]);
  for (const parameters of [
    ['serve', '--port', '0'],
    ['import', '--key', KEY],
  ]) {
    const second = await run([...parameters, '--data', data], `{"_p":"b","_t":${T},"_n":"x"}\n`);
    expect([second.code, second.err]).toEqual([1, expect.stringContaining('Another kmq process writes to')]);
  }
  collector.process.kill('SIGKILL');
  await collector.exited;
  expect((await run(['import', '--key', KEY, '--data', data], `{"_p":"b","_t":${T},"_n":"x"}\n`)).code).toBe(0);
});

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
