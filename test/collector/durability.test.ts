import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { GroupCommit, type Outcome } from '../../src/collector/tracking/group-commit.js';
import { refuse } from '../../src/collector/tracking/refuse.js';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';
import { NotDurable, type Entry, type Store } from '../../src/collector/store/store.js';
import { clientOf, startCollector, temporaryFolder } from '../support/collector.js';
import { serve } from '../support/command.js';
import { exchange } from '../support/socket.js';

describe('acknowledged hits are on disk', () => {
  test('every acknowledged hit is stored once after SIGKILL while hits are sent', async () => {
    const data = await temporaryFolder();
    const acknowledged = new Set<number>();
    let next = 0;
    for (let round = 0; round < 3; round++) {
      const { process: child, origin, exited } = await serve(['--data', data]);
      const collector = clientOf(origin);
      let isSending = true;
      const senders = Array.from({ length: 20 }, async () => {
        while (isSending) {
          const n = next++;
          const response = await collector.send(`/e?_k=site&_p=p${n % 10}&_n=n${n}&_i=i${n}`).catch(() => undefined);
          if (response?.status === 200) acknowledged.add(n);
        }
      });
      const enough = acknowledged.size + 150;
      await expect.poll(() => acknowledged.size, { interval: 10 }).toBeGreaterThan(enough);
      child.kill('SIGKILL');
      await exited;
      isSending = false;
      await Promise.all(senders);
    }
    const { process: child, origin, exited } = await serve(['--data', data]);
    const stored = (await clientOf(origin).export()).map(({ _i }) => Number((_i as string).slice(1)));
    expect(new Set(stored).size).toBe(stored.length);
    const kept = new Set(stored);
    expect([...acknowledged].filter((n) => !kept.has(n))).toEqual([]);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  });

  test('with durability fast, every 4,000 hits are synced, also while another program reads the store', async () => {
    const data = await temporaryFolder();
    // SQLite's own syncs are not seen here. While that program reads, there are none.
    const synced = join(data, 'synced');
    const spy = join(data, 'spy.mjs');
    writeFileSync(
      spy,
      `import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      const { fdatasyncSync } = fs;
      fs.fdatasyncSync = (file) => {
        fdatasyncSync(file);
        fs.appendFileSync(${JSON.stringify(synced)}, fs.fstatSync(file).ino + '\\n');
      };
      syncBuiltinESMExports();`,
    );
    const { origin } = await serve(['--data', data, '--durability', 'fast'], {
      NODE_OPTIONS: `--import ${pathToFileURL(spy).href}`,
    });
    const collector = clientOf(origin);
    /** Four batches of a thousand hits. */
    const send = async (name: string): Promise<void> => {
      for (let batch = 0; batch < 4; batch++) {
        const lines = Array.from({ length: 1000 }, (_, n) => `/e?_k=site&_p=bob&_n=n&_i=${name}${batch}-${n}`);
        expect((await collector.send('/b', { method: 'POST', body: lines.join('\n') })).status).toBe(200);
      }
    };
    const log = join(data, 'kmq.db-wal');
    const syncs = (): number =>
      existsSync(synced) ? readFileSync(synced, 'utf8').split(`${statSync(log).ino}\n`).length - 1 : 0;

    await collector.send('/e?_k=site&_p=bob&_n=first');
    const reader = openDatabase(join(data, 'kmq.db'));
    reader.exec('BEGIN; SELECT * FROM hits');
    await send('a');
    await expect.poll(syncs).toBe(1);
    await send('b');
    await expect.poll(syncs).toBe(2);
    reader.close();
    expect(await collector.export()).toHaveLength(8001);
  });

  test('a hit that cannot be stored is not acknowledged, and the next hit is stored', async () => {
    const data = await temporaryFolder();
    const collector = await startCollector({ data });
    // Another process with its own transaction, such as a backup that locks the file.
    const other = openDatabase(join(data, 'kmq.db'));
    other.exec('BEGIN IMMEDIATE');
    const refused = await collector.send('/e?_k=site&_p=bob&_n=lost');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '30']);
    other.exec('ROLLBACK');
    other.close();
    expect((await collector.send('/e?_k=site&_p=bob&_n=kept')).status).toBe(200);
    expect((await collector.person('bob'))!.events).toMatchObject([{ name: 'kept' }]);
  });

  test('a URL that is too long is not acknowledged either, if its refusal cannot be stored', async () => {
    const data = await temporaryFolder();
    const collector = await startCollector({ data });
    const other = openDatabase(join(data, 'kmq.db'));
    other.exec('BEGIN IMMEDIATE');
    const address = `/e?_k=site&_p=bob&_n=${'x'.repeat(2 ** 21)}`;
    const ask = () => exchange(collector.port, `GET ${address} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(await ask()).toMatch(/^HTTP\/1.1 503 /);
    other.exec('ROLLBACK');
    other.close();
    expect(await ask()).toMatch(/^HTTP\/1.1 200 /);
  });

  test('an entry that the store cannot store does not cause the loss of others in the same commit', async () => {
    // A fake store: SQLite accepts every row.
    const stored: string[] = [];
    const store = {
      async append(entries: readonly Entry[]) {
        const requests = entries.map((entry) => ('refusal' in entry ? entry.refusal.request : ''));
        if (requests.includes('poison')) throw new Error('no such thing');
        stored.push(...requests);
        return [];
      },
    } as Partial<Store> as Store;
    const errors: unknown[] = [];
    const commits = new GroupCommit(store, (error) => errors.push(error));
    const settled: [string, Outcome][] = [];
    for (const request of ['a', 'poison', 'b']) {
      commits.add([refuse(null, ['no-key'], request, 0)], (outcome) => settled.push([request, outcome]));
    }
    await commits.drained();
    expect(settled).toEqual([
      ['a', 'durable'],
      ['poison', 'not stored'],
      ['b', 'durable'],
    ]);
    expect([stored, errors.length]).toEqual([['a', 'b'], 1]);
  });

  // A disk that fails to sync is not available here, so the store is a fake.
  test('hits that are stored but not synced are not stored twice', async () => {
    let calls = 0;
    const store = {
      async append() {
        calls += 1;
        throw new NotDurable();
      },
    } as Partial<Store> as Store;
    const commits = new GroupCommit(store, () => undefined);
    const settled: Outcome[] = [];
    for (const request of ['a', 'b']) {
      commits.add([refuse(null, ['no-key'], request, 0)], (outcome) => settled.push(outcome));
    }
    await commits.drained();
    expect([settled, calls]).toEqual([['not durable', 'not durable'], 1]);
  });

  test('a collector that stops answers the hits that it has accepted', async () => {
    const data = await temporaryFolder();
    const collector = await startCollector({ data });
    const answers = Array.from({ length: 200 }, (_, n) =>
      collector.send(`/e?_k=site&_p=bob&_n=n${n}`).catch(() => undefined),
    );
    await answers[0];
    await collector.close();
    const acknowledged = (await Promise.all(answers)).filter((answer) => answer?.status === 200).length;
    const again = await startCollector({ data });
    expect((await again.export()).length).toBe(acknowledged);
  });
});

describe('the command', () => {
  test('prints the URLs, and accepts only hits of the keys that were given', async () => {
    const { origin, printed } = await serve([
      '--data',
      await temporaryFolder(),
      '--key',
      'one',
      'two',
      '--demo',
      '--demo-data',
      'never',
    ]);
    expect(printed).toEqual([
      `Demo shop  ${origin}/demo/`,
      `Live       ${origin}/live?key=demo`,
      `Overview   ${origin}/`,
    ]);
    const about = (await (await fetch(`${origin}/api/v1/about`)).json()) as { keys: string[] };
    expect(about.keys).toEqual(['one', 'two', 'demo']);
  });

  test.each([
    [['--port', 'x'], /65535/],
    [['--config', '/nowhere.json'], /nowhere\.json/],
    [['--host', '203.0.113.1'], /EADDRNOTAVAIL/],
    [['--prot', '1'], /unknown option/],
  ])('%j ends with a reason', async (parameters, reason) => {
    const data = await temporaryFolder();
    const child = spawn(process.execPath, ['server/bin/kmq.js', 'serve', '--port', '0', '--data', data, ...parameters]);
    let error = '';
    child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(1);
    expect(error).toMatch(reason);
  });

  test('data of a newer version are left unchanged', async () => {
    const data = await temporaryFolder();
    const db = openDatabase(join(data, 'kmq.db'));
    db.exec('PRAGMA journal_mode = WAL; PRAGMA user_version = 99');
    db.close();
    const file = join(data, 'kmq.db');
    const before = readFileSync(file);
    await expect(startCollector({ data })).rejects.toThrow(
      / by a newer kmq \(schema 99; .*\): use the newer kmq, or restore the backup/,
    );
    expect(readFileSync(file).equals(before)).toBe(true);
  });
});
