import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startChdb, type Chdb } from './chdb/start.js';
import { freePort } from './ports.js';

/** With KMQ_CLICKHOUSE=chdb, tests run on a current ClickHouse (see chdb/start.ts) instead of the system's old one. */
export const ON_CHDB = process.env.KMQ_CLICKHOUSE === 'chdb';

/** The program of ClickHouse's server: the path in KMQ_CLICKHOUSE, else the installed one; undefined with KMQ_CLICKHOUSE=chdb. */
export function findClickHouseServer(): string | undefined {
  if (ON_CHDB) return undefined;
  return [process.env.KMQ_CLICKHOUSE, '/usr/sbin/clickhouse-server', '/usr/bin/clickhouse-server'].find(
    (path) => path && existsSync(path),
  );
}

/** Whether there is a ClickHouse to run tests on; several shards need a server. */
export function findClickHouse(): boolean {
  return ON_CHDB || findClickHouseServer() !== undefined;
}

export interface TestClickHouse {
  port: number;
  /** `127.0.0.1:PORT` */
  host: string;
  folder: string;
  /** The URL of a store on this server, by default in a new database. */
  url(database?: string): string;
  /** Runs a statement, with settings of ClickHouse; the answer is tab-separated text. */
  ask(statement: string, settings?: Record<string, string>): Promise<string>;
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface ClickHouseOptions {
  password?: string;
  port?: number;
  /** TCP ports of the shards of the cluster `shards`, which servers use among themselves. */
  shards?: number[];
  tcpPort?: number;
}

let databases = 0;

/** The name of a database that no other test uses. */
export function newDatabase(): string {
  return `kmq_${process.pid}_${++databases}_${randomBytes(3).toString('hex')}`;
}

/** A separate server in a temporary folder, on its own ports; the promise resolves when it answers. */
export async function startClickHouse(
  options: ClickHouseOptions = {},
  processOf = ON_CHDB ? chdbProcess : serverProcess,
): Promise<TestClickHouse> {
  const folder = await mkdtemp(join(tmpdir(), 'kmq-clickhouse-'));
  const { password = '' } = options;
  const port = options.port ?? (await freePort());
  await mkdir(join(folder, 'data'));
  const { start, kill } = await processOf(folder, { ...options, port, password });

  const ask = async (statement: string, settings: Record<string, string> = {}): Promise<string> => {
    const headers = { 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': password };
    const address = `http://127.0.0.1:${port}/?${new URLSearchParams(settings)}`;
    const response = await fetch(address, { method: 'POST', body: statement, headers });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return text.trim();
  };
  const stop = async (): Promise<void> => {
    await kill();
    await rm(folder, { recursive: true, force: true });
  };
  await start();
  const host = `127.0.0.1:${port}`;
  const url = (database = newDatabase()): string =>
    `clickhouse://default:${encodeURIComponent(password)}@${host}/${database}`;
  return { port, host, folder, url, ask, kill, start, stop };
}

interface ServerProcess {
  start: () => Promise<void>;
  kill: () => Promise<void>;
}

type ProcessOptions = ClickHouseOptions & { port: number; password: string };

async function serverProcess(folder: string, options: ProcessOptions): Promise<ServerProcess> {
  const { port, password, shards, tcpPort = await freePort() } = options;
  await writeFile(join(folder, 'config.xml'), serverConfig(folder, port, tcpPort, shards, password));
  await writeFile(join(folder, 'users.xml'), usersConfig(password));
  let child: ChildProcess | undefined;
  return {
    async start() {
      child = spawn(findClickHouseServer()!, [`--config-file=${join(folder, 'config.xml')}`], { stdio: 'ignore' });
      for (let attempt = 0; ; attempt++) {
        const answer = await fetch(`http://127.0.0.1:${port}/ping`).catch(() => undefined);
        if (answer?.ok) return;
        if (attempt > 1200 || child.exitCode !== null) {
          const errors = await readFile(join(folder, 'errors'), 'utf8').catch(() => '');
          throw new Error(
            `ClickHouse in ${folder} does not start (exit code ${child.exitCode}): ${errors.slice(-2000)}`,
          );
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function chdbProcess(folder: string, { port, password, shards }: ProcessOptions): Promise<ServerProcess> {
  if (shards) throw new Error('chdb has no shards.');
  let running: Chdb | undefined;
  return {
    async start() {
      running = await startChdb(join(folder, 'data'), port, password);
    },
    kill: async () => running?.kill(),
  };
}

/** A server of `startClickHouse` that ends with the test. */
export async function clickHouseOfTest(options?: ClickHouseOptions): Promise<TestClickHouse> {
  const server = await startClickHouse(options);
  onTestFinished(() => server.stop());
  return server;
}

function serverConfig(folder: string, port: number, tcpPort: number, shards: number[] = [], password = ''): string {
  const replicas = shards.map(
    (shard) =>
      `<shard><replica><host>127.0.0.1</host><port>${shard}</port><user>default</user><password>${password}</password></replica></shard>`,
  );
  return `<yandex>
  <logger><level>warning</level><log>${folder}/log</log><errorlog>${folder}/errors</errorlog></logger>
  <listen_host>127.0.0.1</listen_host>
  <http_port>${port}</http_port><tcp_port>${tcpPort}</tcp_port>
  <path>${folder}/data/</path><tmp_path>${folder}/tmp/</tmp_path>
  <mark_cache_size>33554432</mark_cache_size>
  <users_config>${folder}/users.xml</users_config>
  <default_profile>default</default_profile><default_database>default</default_database>
  <remote_servers><shards>${replicas.join('')}</shards></remote_servers>
</yandex>`;
}

function usersConfig(password: string): string {
  return `<yandex>
  <profiles><default><max_memory_usage>2000000000</max_memory_usage></default></profiles>
  <users><default>
    <password>${password}</password><networks><ip>127.0.0.1</ip></networks>
    <profile>default</profile><quota>default</quota>
  </default></users>
  <quotas><default></default></quotas>
</yandex>`;
}
