import { randomBytes } from 'node:crypto';
import { appendFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clickHouseOfTest, findClickHouseServer, type TestClickHouse } from '../support/clickhouse.js';
import { smallDisk, startCollector, temporaryFolder } from '../support/collector.js';
import { freePort } from '../support/ports.js';
import { eachNth, LONG } from '../support/long.js';
import { proxyOf } from '../reports/clickhouse-proxy.js';

// Servers of ClickHouse as owners have set them up, or as they come back after a fault. Other programs have lost events on them.

/** Changes a file of the server's configuration. ClickHouse reads users.xml again by itself, and config.xml when it starts. */
function configure(
  { folder }: TestClickHouse,
  file: 'users.xml' | 'config.xml',
  change: (text: string) => string,
): void {
  const path = join(folder, file);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

/** Errors about the number of statements or of inserts, not about their size. */
const REFUSALS: [code: number, text: string][] = [
  [252, 'Too many parts (300). Merges are processing significantly slower than inserts. (TOO_MANY_PARTS)'],
  [201, 'Quota for user `kmq` for 3600s has been exceeded: queries = 101/100. (QUOTA_EXCEEDED)'],
  [202, 'Too many simultaneous queries. Maximum: 100. (TOO_MANY_SIMULTANEOUS_QUERIES)'],
];

describe.skipIf(!findClickHouseServer())('a ClickHouse', () => {
  test.runIf(LONG)(
    'whose user has used up a quota: hits wait, readers get a sentence, and then each hit counts once',
    async () => {
      const server = await clickHouseOfTest();
      const collector = await startCollector({ store: server.url('quota') });
      await collector.send('/e?_k=site&_p=ann&_n=x&_i=first');
      expect(await collector.export()).toHaveLength(1);
      const quota = (queries: number) =>
        `<quotas><default><interval><duration>3600</duration><queries>${queries}</queries></interval></default></quotas>`;
      configure(server, 'users.xml', (text) => text.replace(/<quotas>.*<\/quotas>/, quota(1)));
      await expect.poll(() => server.ask('SELECT 1').catch(() => 'refused')).toBe('refused');
      for (let n = 0; n < 5; n++) expect((await collector.send(`/e?_k=site&_p=ann&_n=x&_i=i${n}`)).status).toBe(200);
      const answer = await collector.send('/api/v1/people/ann?key=site');
      expect([answer.status, await answer.json()]).toEqual([503, { error: expect.stringMatching(/quota/) as string }]);
      configure(server, 'users.xml', (text) => text.replace(/<quotas>.*<\/quotas>/, quota(0)));
      await expect.poll(async () => (await collector.send('/api/v1/people/ann?key=site')).status).toBe(200);
      expect((await collector.export()).map(({ _i }) => _i).toSorted()).toEqual([
        'first',
        'i0',
        'i1',
        'i2',
        'i3',
        'i4',
      ]);
    },
  );

  test('that runs only two queries at the same time: nothing is lost, and readers get answers', async () => {
    const server = await clickHouseOfTest();
    await server.kill();
    configure(server, 'config.xml', (text) =>
      text.replace('<yandex>', '<yandex><max_concurrent_queries>2</max_concurrent_queries>'),
    );
    await server.start();
    const collector = await startCollector({ store: server.url('few') });
    const sent = Array.from({ length: 40 }, (_, n) => collector.send(`/e?_k=site&_p=p${n}&_n=x&_i=i${n}`));
    expect((await Promise.all(sent)).every(({ status }) => status === 200)).toBe(true);
    await expect.poll(async () => (await collector.send('/api/v1/people?key=site')).status).toBe(200);
    expect(await collector.export()).toHaveLength(40);
    const asked = await Promise.all(
      Array.from({ length: 10 }, (_, n) => collector.send(`/api/v1/people/p${n}?key=site`)),
    );
    expect(asked.map(({ status }) => status).filter((status) => ![200, 503].includes(status))).toEqual([]);
    expect((await collector.erase('p1'))!.hits).toBe(1);
  });

  test('in another time zone: times are the same', async () => {
    const server = await clickHouseOfTest();
    await server.kill();
    configure(server, 'config.xml', (text) =>
      text.replace('<yandex>', '<yandex><timezone>Pacific/Kiritimati</timezone>'),
    );
    await server.start();
    const collector = await startCollector({ store: server.url('zone') });
    const before = Math.floor(Date.now() / 1000);
    await collector.send(`/e?_k=site&_p=ann&_n=x&_d=1&_t=${before - 3600}`);
    const person = (await collector.person('ann'))!;
    expect(person.events.map(({ time }) => time)).toEqual([before - 3600]);
    expect((await collector.live(1)).hits).toHaveLength(1);
  });

  test.runIf(LONG)(
    'that comes back with an older copy of its disk: new hits are stored, and those of the last two minutes again',
    async () => {
      const server = await clickHouseOfTest();
      const collector = await startCollector({ store: server.url('old') });
      const send = (id: string, person = 'ann') => collector.send(`/e?_k=site&_p=${person}&_n=x&_i=${id}`);
      await send('before');
      expect(await collector.export()).toHaveLength(1);
      await server.kill();
      const copy = join(await temporaryFolder(), 'data');
      cpSync(join(server.folder, 'data'), copy, { recursive: true });
      await server.start();
      await send('after');
      await collector.send('/a?_k=site&_p=ann&_n=ann%20two');
      await expect.poll(async () => (await collector.export()).map(({ _i }) => _i)).toContain('after');
      // Starts are told apart by whole seconds.
      await expect.poll(async () => Number(await server.ask('SELECT uptime()'))).toBeGreaterThan(2);
      await server.kill();
      rmSync(join(server.folder, 'data'), { recursive: true });
      cpSync(copy, join(server.folder, 'data'), { recursive: true });
      await server.start();
      await send('new');
      await expect.poll(async () => (await collector.send('/api/v1/people?key=site')).status).toBe(200);
      await expect
        .poll(async () =>
          (await collector.export())
            .map(({ _i }) => _i)
            .filter(Boolean)
            .toSorted(),
        )
        .toEqual(['after', 'before', 'new']);
      expect((await collector.person('ann two'))!.identities.toSorted()).toEqual(['ann', 'ann two']);
      expect((await collector.live(3)).hits.length).toBeGreaterThanOrEqual(3);
    },
  );

  test.each([
    [
      'its native port',
      (server: TestClickHouse, tcpPort: number) => server.url().replace(String(server.port), String(tcpPort)),
      /does not answer \(Port \d+ is for clickhouse-client program\..* port \d+ for HTTP\.\)/,
    ],
    [
      'TLS on its port for HTTP',
      (server: TestClickHouse) => `${server.url()}?tls=1`,
      /does not answer by TLS \(EPROTO\).*tls=1/,
    ],
  ])('with %s in the URL: the answer says what is wrong', async (_, urlOf, says) => {
    const tcpPort = await freePort();
    const server = await clickHouseOfTest({ tcpPort });
    const collector = await startCollector({ store: urlOf(server, tcpPort) });
    const answer = await collector.send('/api/v1/people?key=site');
    const { error } = (await answer.json()) as { error: string };
    expect([answer.status, error]).toEqual([503, expect.stringMatching(says)]);
  });

  test.each(eachNth(REFUSALS, 3))(
    'that refuses inserts with error %i gets no smaller and more inserts after it',
    async (code, text) => {
      const server = await clickHouseOfTest();
      let [refused, inserts] = [0, 0];
      const proxy = await proxyOf(
        server.url('parts'),
        () => undefined,
        (statement, { searchParams }) => {
          if (!/INTO \S+\.hits /.test(searchParams.get('query') ?? '')) return statement;
          if (refused < 4) {
            refused += 1;
            return { status: 500, body: `Code: ${code}. DB::Exception: ${text} (version 26.7.1.1)\n` };
          }
          inserts += 1;
          return statement;
        },
      );
      const collector = await startCollector({ store: proxy.url });
      const hit = (id: string) => `/e?_k=site&_p=ann&_n=x&_i=${id}&value=${'x'.repeat(4000)}`;
      for (const batch of ['a', 'b', 'c']) {
        const body = Array.from({ length: 200 }, (_, n) => hit(`${batch}${n}`)).join('\n');
        expect((await collector.send('/b', { method: 'POST', body })).status).toBe(200);
      }
      await expect.poll(async () => (await collector.send('/api/v1/people?key=site')).status).toBe(200);
      expect(await collector.export()).toHaveLength(600);
      expect([refused, inserts]).toEqual([4, 1]);
    },
  );

  test.runIf(LONG)(
    'whose disk is full: hits wait, and each counts once after there is space again',
    async (context) => {
      const disk = await smallDisk(64);
      if (!disk) return context.skip('no file system can be mounted here');
      const server = await clickHouseOfTest();
      await server.kill();
      configure(server, 'config.xml', (text) => text.replace(/<path>.*?<\/path>/, `<path>${disk}/data/</path>`));
      await server.start();
      const collector = await startCollector({ store: server.url('disk') });
      await collector.send('/e?_k=site&_p=ann&_n=x&_i=first');
      expect(await collector.export()).toHaveLength(1);
      const ballast = join(disk, 'ballast');
      try {
        for (;;) appendFileSync(ballast, Buffer.alloc(4096));
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
      }
      for (let n = 0; n < 20; n++) {
        const value = randomBytes(3000).toString('hex');
        expect((await collector.send(`/e?_k=site&_p=ann&_n=x&_i=i${n}&value=${value}`)).status).toBe(200);
      }
      const answer = await collector.send('/api/v1/people/ann?key=site');
      expect([answer.status, await answer.json()]).toEqual([503, { error: expect.stringMatching(/space/) as string }]);
      const erased = await collector.send('/api/v1/person?key=site&id=ann', { method: 'DELETE' });
      expect([erased.status, await erased.json()]).toEqual([
        503,
        { error: expect.stringMatching(/space.*by itself\.$/s) as string },
      ]);
      rmSync(ballast);
      await expect.poll(async () => (await collector.send('/api/v1/people?key=site')).status).toBe(200);
      await expect.poll(() => collector.export()).toEqual([]);
      return undefined;
    },
  );
});
