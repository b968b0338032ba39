import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { IDENTITIES_OF_A_PERSON } from '../../src/protocol/limits.js';
import { piecesOf } from '../../src/collector/store/clickhouse/insert-pieces.js';
import { LargePeople } from '../../src/collector/store/clickhouse/large-people.js';
import { peopleOf, shortcuts, type Graph } from '../../src/collector/store/clickhouse/components.js';
import { number, text, texts } from '../../src/collector/store/clickhouse/sql.js';
import type { InsertLines } from '../../src/collector/store/clickhouse/rows.js';
import { Spool } from '../../src/collector/store/clickhouse/spool.js';
import { isAboutCount, unavailableFor } from '../../src/collector/store/clickhouse/unavailable.js';
import { openStore } from '../../src/collector/store/open.js';
import { temporaryFolder } from '../support/collector.js';

test('an insert is divided between lines, and a line is never divided', () => {
  const lines = fc.array(fc.string({ maxLength: 20 }).map((line) => line.replaceAll('\n', '')));
  fc.assert(
    fc.property(lines, fc.integer({ min: 1, max: 50 }), fc.boolean(), (each, characters, isWhole) => {
      const all = each.join('\n') + (isWhole ? '\n' : '');
      const pieces = [...piecesOf(all, characters)];
      expect(pieces.join('')).toBe(all);
      for (const [index, piece] of pieces.entries()) {
        if (index < pieces.length - 1) expect(piece.endsWith('\n')).toBe(true);
        if (piece.length > characters) expect(piece.slice(0, -1)).not.toContain('\n');
        // The next line would not fit.
        const [next] = pieces[index + 1]?.match(/[^\n]*\n?/) ?? [];
        if (next !== undefined) expect(piece.length + next.length).toBeGreaterThan(characters);
      }
    }),
  );
});

describe('the URL of a ClickHouse', () => {
  test('names nodes, user, database and cluster', () => {
    expect(parseAddress('clickhouse://ann:p%40ss%3Aword@one:9000,[::1]/kmq?cluster=shards&tls=1')).toEqual({
      nodes: ['https://one:9000', 'https://[::1]:8443'],
      username: 'ann',
      password: 'p@ss:word',
      database: 'kmq',
      cluster: 'shards',
    });
    expect(parseAddress('clickhouse://localhost/kmq')).toMatchObject({
      nodes: ['http://localhost:8123'],
      username: 'default',
      password: '',
      cluster: undefined,
    });
  });

  test.each([
    'clickhouse://u:s3cr3t@host',
    'clickhouse://u:s3cr3t@/kmq',
    'clickhouse://u:s3cr3t/kmq',
    'clickhouse://u:s3cr3t:host:8123/kmq',
    'http://u:s3cr3t@host/kmq',
    'clickhouse://u:s3cr3t@host/k.q',
    'clickhouse://u:s3cr3t@host/kmq?cluster=a;b',
    'clickhouse://u:s3cr3t@host/kmq?clutser=a',
    'clickhouse://u:s3cr3t@host/kmq?tls=yes',
    'clickhouse://u:s3cr3t@one,two/kmq',
    'clickhouse://u:s3cr3t@host:99999/kmq',
    'clickhouse://u:s3cr3t%@host/kmq',
  ])('%s is refused, in a sentence without the password', async (url) => {
    const folder = await temporaryFolder();
    let message = '';
    try {
      openStore({ url, folder, counting: () => 'reference' });
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(/\.$/);
    expect(message).not.toContain('s3cr3t');
  });
});

describe('the people who may be too large', () => {
  const FULL = IDENTITIES_OF_A_PERSON;
  const ids = (hub: string, count: number) => Array.from({ length: count }, (_, n) => `${hub}-${n}`);
  const alias = (person: string, name: string, key = 'site') => ({
    hit: { kind: 'alias' as const, key, person, name, time: 0, sent: 0, id: null, properties: [], warnings: [] },
    received: 0,
    agent: 'browser' as const,
  });
  const refuses = (people: LargePeople, ...aliases: ReturnType<typeof alias>[]) =>
    people.refusedAmong(aliases).map(({ entry }) => entry);

  test('accept as many aliases as fit, counted from the last check, and aliases that change nothing', () => {
    const people = new LargePeople(() => {});
    people.learn('site', ids('a', FULL - 2));
    people.learn('site', ids('b', FULL / 2));
    people.learn('site', ids('small', 100));
    expect(refuses(people, alias('a-1', 'b-1'), alias('a-1', 'a-2'), alias('b-1', 'small-1'))).toEqual([0]);
    expect(refuses(people, alias('new-1', 'a-0'), alias('a-0', 'new-2'), alias('new-3', 'a-0'))).toEqual([2]);
    expect(refuses(people, alias('new-1', 'new-2'), alias('new-3', 'new-1'))).toEqual([1]);
    expect(refuses(people, alias('new-3', 'a-0', 'another site'))).toEqual([]);
    expect([people.isFull('site', 'a-0'), people.isFull('site', 'b-0')]).toEqual([true, false]);
  });

  test('become one person if two of them fit together', () => {
    const people = new LargePeople(() => {});
    people.learn('site', ids('a', FULL / 2));
    people.learn('site', ids('b', FULL / 2));
    expect(refuses(people, alias('a-0', 'b-0'), alias('b-1', 'new'), alias('b-1', 'a-1'))).toEqual([1]);
  });

  test('are those of the last check: smaller ones are forgotten, and refused ones are checked again', () => {
    const stale: string[] = [];
    const people = new LargePeople((site, identity) => stale.push(`${site} ${identity}`));
    people.learn('site', ids('a', FULL));
    expect(refuses(people, alias('new', 'a-5'))).toEqual([0]);
    expect(stale).toEqual([]);
    const now = performance.now();
    const spy = vi.spyOn(performance, 'now').mockReturnValue(now + 3_600_000);
    try {
      expect(refuses(people, alias('new', 'a-5'), alias('new', 'a-5'))).toEqual([0, 1]);
    } finally {
      spy.mockRestore();
    }
    expect(stale).toEqual(['site a-5']);
    people.learn('site', ['a-5']);
    expect(refuses(people, alias('new', 'a-6'))).toEqual([]);
    people.learn('site', ids('b', FULL));
    people.forget('site', ['b-9']);
    expect(refuses(people, alias('new', 'b-1'))).toEqual([]);
    people.learn('site', ids('b', FULL));
    people.clear();
    expect(refuses(people, alias('new', 'b-1'))).toEqual([]);
  });

  test('use bounded memory: people whose check is the oldest are forgotten', () => {
    const people = new LargePeople(() => {});
    for (let n = 0; n < 40; n++) people.learn('site', ids(`p${n}`, FULL));
    const known = Array.from({ length: 40 }, (_, n) => refuses(people, alias('new', `p${n}-0`)).length);
    expect(known).toEqual([...Array<number>(10).fill(0), ...Array<number>(30).fill(1)]);
  });
});

describe('SQL', () => {
  test('contains texts only as hexadecimal digits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const literal = text(value);
        expect(literal).toMatch(/^'(\\x[0-9a-f]{2})*'$/);
        expect(Buffer.from(literal.replace(/[^0-9a-f]/g, ''), 'hex').toString()).toBe(Buffer.from(value).toString());
      }),
    );
  });

  test('contains only numbers that are integers within the safe range', () => {
    expect(number(-12)).toBe('-12');
    for (const odd of [1.5, NaN, Infinity, 2 ** 53, '1 OR 1' as unknown as number]) expect(() => number(odd)).toThrow();
    expect(() => texts([])).toThrow();
  });
});

test('with shortcuts, four steps lead from any identity to all others of the person, and to no identity of other people', () => {
  const near = (graph: Graph, start: string): number => {
    let steps = -1;
    const seen = new Set([start]);
    for (let frontier = [start]; frontier.length; steps++) {
      frontier = frontier.flatMap((one) => [...graph.get(one)!].filter((other) => !seen.has(other) && seen.add(other)));
    }
    return steps;
  };
  const identity = fc.integer({ min: 0, max: 40 }).map(String);
  fc.assert(
    fc.property(fc.array(fc.tuple(identity, identity), { maxLength: 60 }), (aliases) => {
      const graph: Graph = new Map();
      const add = (one: string, other: string): void =>
        void graph.set(one, (graph.get(one) ?? new Set<string>()).add(other));
      for (const [one, other] of aliases) {
        add(one, other);
        add(other, one);
      }
      const before = peopleOf(graph).map(({ members }) => [...members].sort());
      for (const { members } of peopleOf(graph)) {
        const { added, from } = shortcuts(graph, members);
        // The aliases alone connect what shortcuts connect.
        const alone: Graph = new Map(members.map((member) => [member, new Set()]));
        for (const [one, other] of from) {
          expect(graph.get(one)).toContain(other);
          alone.get(one)!.add(other);
          alone.get(other)!.add(one);
        }
        const people = peopleOf(alone);
        for (const pair of added)
          expect(people.some(({ members: own }) => pair.every((one) => own.includes(one)))).toBe(true);
        for (const [one, other] of added) {
          add(one, other);
          add(other, one);
        }
      }
      const after = peopleOf(graph);
      expect(after.map(({ members }) => [...members].sort())).toEqual(before);
      for (const { members } of after) {
        for (const member of members) expect(near(graph, member)).toBeLessThanOrEqual(4);
        expect(shortcuts(graph, members)).toEqual({ added: [], from: [] });
      }
    }),
  );
});

describe('the spool', () => {
  const rows = (first: number) => ({ hits: `${first}\n`, refusals: '', aliased: [] });

  test('gives its hits back in their order, also after a restart', async () => {
    const folder = await temporaryFolder();
    let spool = new Spool(folder, 'full', 1e6);
    for (let n = 0; n < 5; n++) spool.append(2, rows, [{ name: 'file', value: n }]);
    spool.markForwarded(spool.nextGroup(4, 1e6)!);
    expect(spool.backlog).toBe(6);
    const { source, endOffset } = spool;
    spool.close();

    spool = new Spool(folder, 'full', 1e6);
    expect([spool.source, spool.endOffset, spool.backlog, spool.bookmark('file')]).toEqual([source, endOffset, 6, 4]);
    const group = spool.nextGroup(100, 1e6)!;
    expect([group.rows, group.end]).toEqual([6, endOffset]);
    const stamps = group.hits.trim().split('\n').map(Number);
    expect(stamps).toEqual([...stamps].sort((a, b) => a - b));
    spool.markForwarded(group);
    expect([spool.backlog, spool.nextGroup(100, 1e6)]).toEqual([0, undefined]);
    // Forwarded hits can be sent again until they are removed.
    spool.rewind();
    expect(spool.backlog).toBe(10);
    spool.markForwarded(spool.nextGroup(100, 1e6)!);
    spool.trim();
    spool.rewind();
    expect(spool.backlog).toBe(0);
    spool.close();
  });

  test.each([
    ['of ASCII', 'x', 1],
    ['of three bytes each', '字', 3],
    ['of four bytes each', '😀', 4],
  ])('limits bytes, also of characters %s', async (_, character, bytes) => {
    const folder = await temporaryFolder();
    const hits = character.repeat(1000);
    const characters = (): InsertLines => ({ hits, refusals: hits, aliased: [] });
    let spool = new Spool(folder, 'full', 10_000 * bytes);
    for (let n = 0; n < 5; n++) spool.append(1, characters);
    expect(() => spool.append(1, characters)).toThrow('spool is full');
    // An insert of so many bytes.
    expect(spool.nextGroup(100, 4_000 * bytes)!.rows).toBe(2);
    expect(spool.nextGroup(100, 4_000 * bytes - 1)!.rows).toBe(1);
    const group = spool.nextGroup(100, 1e6)!;
    expect([group.rows, group.bytes]).toEqual([5, Buffer.byteLength(group.hits + group.refusals)]);
    spool.close();
    spool = new Spool(folder, 'full', 10_000 * bytes);
    expect(() => spool.append(1, characters)).toThrow('spool is full');
    // Lines of an erased person need no space any more, also if the others are sent again.
    spool.markForwarded(group);
    spool.replaceLines(group.end, { hits: '', refusals: '' });
    spool.rewind();
    expect(spool.nextGroup(100, 1e6)!.bytes).toBe(8_000 * bytes);
    spool.close();
  });

  test('loses only the commit that was cut off, and says so', async () => {
    const folder = await temporaryFolder();
    const copy = await temporaryFolder();
    const spool = new Spool(folder, 'full', 1e6);
    for (let n = 0; n < 5; n++) spool.append(2, rows);
    await copyFile(join(folder, 'spool.db'), join(copy, 'spool.db'));
    const log = await readFile(join(folder, 'spool.db-wal'));
    await writeFile(join(copy, 'spool.db-wal'), log.subarray(0, -100));
    spool.close();

    const notices: string[] = [];
    const onNotice = (sentence: string): void => void notices.push(sentence);
    const url = 'clickhouse://127.0.0.1:1/kmq';
    const store = openStore({ url, folder: copy, counting: () => 'reference', onNotice });
    expect(store.backlog()).toBe(8);
    expect(notices).toEqual([expect.stringContaining('were cut off')]);
    await store.close();
  });

  test('never uses a stamp twice, also after its clock was set back', async () => {
    const folder = await temporaryFolder();
    const now = Date.now;
    let last = 0;
    try {
      for (const time of [2_000_000_000_000, 1_500_000_000_000, 1_500_000_000_000]) {
        Date.now = () => time;
        const spool = new Spool(folder, 'full', 1e6);
        spool.append(3, rows);
        expect(spool.endOffset).toBeGreaterThanOrEqual(last + 3);
        last = spool.endOffset;
        spool.markForwarded(spool.nextGroup(100, 1e6)!);
        spool.trim();
        spool.close();
      }
    } finally {
      Date.now = now;
    }
  });
});

describe('an error of ClickHouse', () => {
  const quota = (amounts: string): Error =>
    new Error(
      `Code: 201, e.displayText() = DB::Exception: Quota for user \`rows\` for 60s has been exceeded: ${amounts}. (QUOTA_EXCEEDED)`,
    );

  test.each([
    ['queries = 101/100', true],
    ['query_inserts = 11/10', true],
    ['errors = 11/10', true],
    ['written_bytes = 200000/100000', false],
    ['result_rows = 20/10', false],
    ['execution_time = 2.1/2', false],
  ])('about the quota %s: smaller statements would be no help: %s', (amounts, isCount) => {
    expect(isAboutCount(quota(amounts))).toBe(isCount);
  });

  test('of TLS names the URL only if the other side does not speak TLS', () => {
    const said = (code: string, message: string): string | undefined =>
      unavailableFor(Object.assign(new Error(message), { code }), 'https://one:8443', 'kmq')?.message;
    expect(said('EPROTO', 'write EPROTO 80:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:')).toMatch(
      /does not answer by TLS \(EPROTO\).*tls=1/,
    );
    for (const [code, reason] of [
      ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'tlsv13 alert certificate required'],
      ['EPROTO', 'sslv3 alert handshake failure'],
    ] as const) {
      expect(said(code, `error:0A00045C:SSL routines:ssl3_read_bytes:${reason}`)).toBe(
        `ClickHouse at https://one:8443 does not answer (${code}).`,
      );
    }
  });
});
