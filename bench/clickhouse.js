/**
 * Both stores with the same hits: how fast they store them, how much disk they need, and how fast they read.
 *
 *   npm run bench -- clickhouse [hits]   (needs clickhouse-server: apt-get install clickhouse-server)
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers';
import { openStore } from '../server/lib/collector/store/open.js';
import { pause } from './support/figures.js';
import { freePort } from './support/processes.js';

const HITS = Number(process.argv[2] ?? 1_000_000);
const PEOPLE = HITS / 10;
const BATCH = 1000;
const PORT = await freePort();
const START = 1_780_000_000;

const SERVER = ['/usr/sbin/clickhouse-server', '/usr/bin/clickhouse-server'].find((path) => existsSync(path));
if (!SERVER) throw new Error('There is no clickhouse-server here.');
const folder = mkdtempSync(join(tmpdir(), 'kmq-bench-'));

/** Every person has an anonymous identity and, after its first hit, a named one. */
function entry(n) {
  const person = n % PEOPLE;
  const time = START + Math.floor(n / 50);
  const round = Math.floor(n / PEOPLE);
  const anonymous = `anonymous${((person * 2_654_435_761) % 4_294_967_296).toString(36).padStart(8, '0')}`;
  const named = `person${person}@example.com`;
  const alias = round === 1;
  return {
    hit: {
      kind: alias ? 'alias' : 'event',
      key: 'site',
      person: round === 0 || alias ? anonymous : named,
      name: alias ? named : ['Viewed', 'Clicked', 'Signed Up', 'Ordered'][n % 4],
      time,
      sent: time,
      id: `${time}${String(n % 1e6).padStart(6, '0')}${((n * 40_503) % 65_536).toString(36).padStart(10, 'x')}`,
      properties: alias
        ? []
        : [
            ['url', `https://shop.example.com/products/${n % 500}?from=list`],
            ['referrer', 'https://search.example.com/'],
            ['Plan Name', ['Free', 'Pro'][n % 2]],
          ],
      warnings: [],
    },
    received: time,
    agent: 'browser',
  };
}

async function fill(store) {
  const began = performance.now();
  for (let n = 0; n < HITS; n += BATCH) {
    await store.append(Array.from({ length: BATCH }, (_, index) => entry(n + index)));
    // A collector also returns to the event loop between two commits.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return (HITS / (performance.now() - began)) * 1000;
}

async function milliseconds(work, times = 40) {
  const took = [];
  for (let time = 0; time < times; time++) {
    const began = performance.now();
    await work(Math.floor((time / times) * PEOPLE));
    took.push(performance.now() - began);
  }
  took.sort((a, b) => a - b);
  return `${took[times / 2].toFixed(1)} (${took[Math.ceil(times * 0.95) - 1].toFixed(1)})`;
}

async function readings(store) {
  return {
    'a person, ms': await milliseconds((n) => store.person('site', `person${n}@example.com`)),
    'a search for 4 digits, ms': await milliseconds((n) => store.people('site', String(1000 + (n % 9000)), 50)),
    'a search without text, ms': await milliseconds(() => store.people('site', '', 50), 10),
    'Live, first page, ms': await milliseconds(() => store.live('site', undefined, 100), 10),
    'export, hits/s': await exportRate(store),
  };
}

async function exportRate(store) {
  const began = performance.now();
  let hits = 0;
  for await (const hit of store.export('site')) hits += hit ? 1 : 0;
  if (hits !== HITS) throw new Error(`${hits} of ${HITS} hits are there.`);
  return Math.round((hits / (performance.now() - began)) * 1000);
}

function bytesIn(path) {
  return statSync(path).isDirectory()
    ? readdirSync(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0)
    : statSync(path).size;
}

async function embedded() {
  const data = join(folder, 'embedded');
  const store = openStore({ folder: data, counting: () => 'reference' });
  const rate = await fill(store);
  const read = await readings(store);
  await store.close();
  return { 'hits/s taken': Math.round(rate), 'bytes a hit': Math.round(bytesIn(data) / HITS), ...read };
}

async function startServer() {
  const data = join(folder, 'server');
  mkdirSync(data);
  writeFileSync(
    join(folder, 'config.xml'),
    `<yandex><logger><level>error</level><log>${folder}/log</log></logger>
    <listen_host>127.0.0.1</listen_host><http_port>${PORT}</http_port>
    <path>${data}/</path><tmp_path>${folder}/tmp/</tmp_path><mark_cache_size>268435456</mark_cache_size>
    <users_config>${folder}/users.xml</users_config><default_profile>default</default_profile></yandex>`,
  );
  writeFileSync(
    join(folder, 'users.xml'),
    `<yandex><profiles><default></default></profiles><quotas><default></default></quotas>
    <users><default><password></password><networks><ip>127.0.0.1</ip></networks>
    <profile>default</profile><quota>default</quota></default></users></yandex>`,
  );
  const child = spawn(SERVER, [`--config-file=${join(folder, 'config.xml')}`], { stdio: 'ignore' });
  while (!(await ask('SELECT 1').catch(() => ''))) await pause(100);
  return child;
}

async function ask(body) {
  return (await (await fetch(`http://127.0.0.1:${PORT}/`, { method: 'POST', body })).text()).trim();
}

async function clickHouse() {
  const options = {
    url: `clickhouse://127.0.0.1:${PORT}/kmq`,
    folder: join(folder, 'spool'),
    counting: () => 'reference',
    onError: console.error,
  };
  const child = await startServer();
  const store = openStore(options);
  const began = performance.now();
  const rate = await fill(store);
  await store.keys();
  const forwarded = (HITS / (performance.now() - began)) * 1000;
  const read = await readings(store);
  await ask('OPTIMIZE TABLE kmq.hits FINAL');
  await ask('OPTIMIZE TABLE kmq.arrivals FINAL');
  const bytes = Number(await ask("SELECT sum(bytes_on_disk) FROM system.parts WHERE database = 'kmq' AND active"));
  await store.close();
  child.kill('SIGTERM');
  await once(child, 'exit');
  return {
    'hits/s taken': Math.round(rate),
    'hits/s taken and forwarded': Math.round(forwarded),
    'bytes a hit': Math.round(bytes / HITS),
    ...read,
  };
}

try {
  console.log(
    `${HITS} hits of ${PEOPLE} people, ${BATCH} a commit; times are the median, and 95 % are below the other.`,
  );
  console.table({ embedded: await embedded(), ClickHouse: await clickHouse() });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
