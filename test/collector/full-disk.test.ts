import { appendFileSync, readFileSync, rmSync, statSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import { personOf } from '../support/answers.js';
import { clientOf, smallDisk, startCollector, temporaryFolder } from '../support/collector.js';
import { serve } from '../support/command.js';
import { LONG } from '../support/long.js';

const MEGABYTE = 2 ** 20;

/** A small disk for the test, or the test is skipped. */
async function disk(context: TestContext, megabytes = 24): Promise<string> {
  return (await smallDisk(megabytes)) ?? context.skip('no file system can be mounted here');
}

/** Uses all the space that is left. */
function fill(data: string): void {
  const ballast = join(data, 'ballast');
  for (const bytes of [MEGABYTE, 4096]) {
    try {
      for (;;) appendFileSync(ballast, Buffer.alloc(bytes));
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
    }
  }
  expect(statfsSync(data).bfree).toBe(0);
}

function makeSpace(data: string): void {
  rmSync(join(data, 'ballast'), { force: true });
}

const status = async (answer: Promise<Response>): Promise<number> => (await answer).status;

async function erase(origin: string, identity: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${origin}/api/v1/people/${identity}?key=site`, { method: 'DELETE' });
  return { status: response.status, body: await response.json() };
}

async function health(origin: string): Promise<number> {
  return status(fetch(`${origin}/healthz`));
}

/** The person among twenty who sent a hit of sendUntilFull. Between two refused hits, one may be accepted. */
const personOfHit = (id: string): number => Number(id.slice(1)) % 20;

/** Sends hits of twenty people until there is no space for more. @returns the ids of those that were acknowledged */
async function sendUntilFull(send: (address: string) => Promise<Response>): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let n = 0, refused = 0; refused < 10; n++) {
    const answer = await send(`/e?_k=site&_p=p${n % 20}&_n=n&_i=i${n}&filler=${'x'.repeat(3000)}`);
    if (answer.status === 200) acknowledged.push(`i${n}`);
    else refused += 1;
  }
  return acknowledged;
}

/**
 * Hits that fit into the existing size of the write-ahead log are accepted; others are refused.
 * @returns the ids of the accepted hits
 */
async function refusesHits(send: (address: string) => Promise<Response>): Promise<string[]> {
  const taken: string[] = [];
  for (let n = 0; n < 10_000; n++) {
    const answer = await send(`/e?_k=site&_p=more&_n=n&_i=m${n}&filler=${'x'.repeat(8000)}`);
    if (answer.status === 503) return taken;
    taken.push(`m${n}`);
  }
  throw new Error('The disk is not full.');
}

describe('on a full disk, a collector', () => {
  test('erases the person whose hits fill it, and accepts hits again when there is space', async (context) => {
    const data = await disk(context);
    const collector = await startCollector({ data });
    const acknowledged = await sendUntilFull((address) => collector.send(address));
    fill(data);
    const more = await refusesHits((address) => collector.send(address));
    const { status: code, body } = await erase(collector.origin, 'p3');
    expect([code, body]).toEqual([
      200,
      { identities: ['p3'], hits: acknowledged.filter((id) => personOfHit(id) === 3).length },
    ]);
    expect(await collector.person('p3')).toBeUndefined();
    makeSpace(data);
    // The collector does not look at the free space for every hit, so this may take a moment.
    await expect.poll(() => status(collector.send('/e?_k=site&_p=p1&_n=room&_i=room'))).toBe(200);
    const left = [...acknowledged.filter((id) => personOfHit(id) !== 3), ...more];
    expect((await collector.export()).map(({ _i }) => _i)).toEqual([...left, 'room']);
    expect(readFileSync(join(data, 'kmq.db')).toString('latin1')).not.toContain('p3"');
  });

  test.runIf(LONG).for(['killed', 'stopped'])(
    'that was %s there starts, reads, erases, and recovers by itself',
    async (how, context) => {
      const data = await disk(context);
      const first = await serve(['--data', data]);
      const acknowledged = await sendUntilFull(clientOf(first.origin).send);
      first.process.kill(how === 'killed' ? 'SIGKILL' : 'SIGTERM');
      await first.exited;
      fill(data);

      const { origin, process: child, exited } = await serve(['--data', data]);
      const collector = clientOf(origin);
      const more = await refusesHits((address) => collector.send(address));
      await expect.poll(() => health(origin)).toBe(503);
      expect((await collector.person('p1'))!.events).toHaveLength(
        acknowledged.filter((id) => personOfHit(id) === 1).length,
      );
      const erased = await erase(origin, 'p1');
      expect([200, 202]).toContain(erased.status);
      expect(await collector.person('p1')).toBeUndefined();
      makeSpace(data);
      await expect.poll(() => health(origin)).toBe(200);
      expect(await status(collector.send('/e?_k=site&_p=p2&_n=n&_i=room'))).toBe(200);
      const left = [...acknowledged.filter((id) => personOfHit(id) !== 1), ...more];
      expect((await collector.export()).map(({ _i }) => _i)).toEqual([...left, 'room']);
      const db = openDatabase(join(data, 'kmq.db'));
      await expect.poll(() => db.prepare('SELECT count(*) AS n FROM hits').get()).toEqual({ n: left.length + 1 });
      db.close();
      child.kill('SIGTERM');
      expect(await exited).toBe(0);
    },
  );

  test.runIf(LONG)('with several processes starts, reads, erases, and recovers by itself as well', async (context) => {
    const data = await disk(context);
    const first = await serve(['--data', data, '--processes', '2']);
    await sendUntilFull(clientOf(first.origin).send);
    first.process.kill('SIGTERM');
    await first.exited;
    fill(data);
    const { origin } = await serve(['--data', data, '--processes', '2']);
    const collector = clientOf(origin);
    await refusesHits((address) => collector.send(address));
    expect(await collector.person('p1')).toBeDefined();
    expect([200, 202]).toContain((await erase(origin, 'p1')).status);
    expect(await collector.person('p1')).toBeUndefined();
    makeSpace(data);
    await expect.poll(() => status(collector.send('/e?_k=site&_p=p2&_n=n'))).toBe(200);
  });

  test('does not use its reserve for hits, and fills it again when there is space', async (context) => {
    const data = await disk(context);
    const reserve = join(data, 'kmq.reserve');
    const collector = await startCollector({ data });
    const whole = statSync(reserve).size;
    expect(whole).toBe(3 * MEGABYTE);
    await sendUntilFull((address) => collector.send(address));
    fill(data);
    await erase(collector.origin, 'p1');
    makeSpace(data);
    await collector.send('/e?_k=site&_p=p2&_n=n');
    expect(statSync(reserve).size).toBe(whole);
  });

  test.for([3, 8])(
    'with %i MiB that has erased a person, after which the disk was filled again, starts and erases again',
    async (megabytes, context) => {
      const folder = await disk(context, megabytes);
      const open = (): EmbeddedStore => new EmbeddedStore({ folder, counting: () => 'reference' });
      const hit = (n: number): ArrivedHit => ({
        received: 1_700_000_000,
        agent: 'browser',
        hit: {
          ...({ kind: 'event', key: 'site', person: `p${n % 10}`, name: 'x', time: 1_700_000_000 } as const),
          ...{ sent: 1_700_000_000 + n, id: `i${n}`, properties: [['filler', 'x'.repeat(4000)]], warnings: [] },
        },
      });
      const first = open();
      let stored = 0;
      for (let refused = 0; refused < 10;) {
        await first.append([hit(stored)]).then(
          () => (stored += 1),
          (error: unknown) => {
            expect(error).toMatchObject({ code: 'ENOSPC', statusCode: 503 });
            refused += 1;
          },
        );
      }
      const of = (person: number) =>
        Array.from({ length: stored }, (_, n) => n).filter((n) => n % 10 === person).length;
      fill(folder);
      expect(await first.erase('site', 'p3')).toEqual({ identities: ['p3'], hits: of(3) });
      await first.close();
      fill(folder);
      const second = open();
      expect((await personOf(second, 'site', 'p1'))!.events).toHaveLength(of(1));
      expect(await second.erase('site', 'p4')).toEqual({ identities: ['p4'], hits: of(4) });
      makeSpace(folder);
      await second.append([hit(stored)]);
      await second.close();
    },
  );

  test('that has no reserve, and no space to open its store, says so and changes nothing', async (context) => {
    const data = await disk(context, 8);
    const collector = await startCollector({ data });
    await collector.send('/e?_k=site&_p=bob&_n=n');
    await collector.close();
    rmSync(join(data, 'kmq.reserve'));
    fill(data);
    const before = readFileSync(join(data, 'kmq.db'));
    await expect(startCollector({ data })).rejects.toThrow(/no space/);
    expect(readFileSync(join(data, 'kmq.db')).equals(before)).toBe(true);
    makeSpace(data);
    const again = await startCollector({ data });
    expect((await again.person('bob'))!.events).toHaveLength(1);
  });

  test('with data of an older version says that it needs space, and upgrades the data when it has some', async (context) => {
    const data = await disk(context, 8);
    const rows = 20_000;
    writeFileSync(join(data, 'kmq.db'), readFileSync('test/collector/data/schema-1.db'));
    const db = openDatabase(join(data, 'kmq.db'));
    db.exec(`
      WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${rows})
      INSERT INTO hits (site, identity, kind, name, time, sent, received, hit_id, properties, duplicate)
      SELECT 1, 1, 0, 'x', 1400000000 + n, 1400000000 + n, 1400000000, 'i' || n, '[]', 0 FROM n`);
    db.close();
    const before = (await startedOnCopy(data)).length;
    fill(data);
    await expect(startCollector({ data })).rejects.toThrow(/no space.*Nothing was changed/);
    makeSpace(data);
    expect(await (await startCollector({ data })).export()).toHaveLength(before);
  });

  /** The export of a store in another folder. */
  async function startedOnCopy(data: string): Promise<unknown[]> {
    const folder = await temporaryFolder();
    writeFileSync(join(folder, 'kmq.db'), readFileSync(join(data, 'kmq.db')));
    const collector = await startCollector({ data: folder });
    return collector.export();
  }
});
