import type { Server } from 'node:http';
import { readFileSync } from 'node:fs';
import type { Server as TlsServer } from 'node:https';
import { join } from 'node:path';
import fastify, { LogController, type FastifyInstance, type FastifyServerFactoryHandler } from 'fastify';
import { REQUEST_BYTES } from '../protocol/limits.js';
import { clientsBehind } from './access/client.js';
import { Guard } from './access/guard.js';
import { registerLogin } from './api/login.js';
import { ADDRESS_RATE, Rates } from './access/rates.js';
import { accessBy } from './access/token.js';
import { registerApi } from './api/read-api.js';
import { registerScripts } from './api/scripts.js';
import { readConfigFile } from './sites/config-file.js';
import { allowsOrigin, parseConfig, siteOf, type Config } from './sites/config.js';
import { builtFile, PACKAGE_JSON, sharedFile } from './package-files.js';
import { GroupCommit } from './tracking/group-commit.js';
import { CommitWatch } from './watch/commit-watch.js';
import { newCounts } from './watch/counts.js';
import { createLog, type Log } from './watch/log.js';
import { Metrics } from './watch/metrics.js';
import { registerHealth } from './watch/health.js';
import { shutdownInOrder } from './http/shutdown.js';
import { createListener, PATIENCE, type Patience } from './http/listener.js';
import { Intake } from './tracking/room.js';
import { Live } from './api/live.js';
import { sayToAll } from './api/page-headers.js';
import { registerDemo, registerPages } from './api/pages.js';
import { Retention } from './retention.js';
import type { WorkerStore } from './processes/worker.js';
import { openStore } from './store/open.js';
import type { Counting, Store } from './store/store.js';
import { answerBroken } from './tracking/malformed.js';
import { readTls, renewTls, type TlsFiles } from './http/tls.js';
import { Tracking } from './tracking/handler.js';

export interface CollectorOptions {
  /** Folder of the embedded store, or of the spool of another one. */
  data: string;
  /** `clickhouse://user:password@host:8123[,host2:8123]/database[?cluster=NAME]`; absent: the embedded store. */
  store?: string;
  /** `full` (default): an fsync at each group commit; `fast`: the system writes when it likes. */
  durability?: 'full' | 'fast' | undefined;
  /** The keys whose hits are taken; empty: any. */
  keys?: string[];
  config?: Config;
  /** Needed by the pages and the read API: 16 ASCII characters or more. Absent: they are open to whoever can reach them. */
  token?: string;
  /** Addresses and CIDR ranges, or `loopback`, `linklocal`, `uniquelocal`, whose `X-Forwarded-*` headers are believed. */
  trustedProxies?: string[];
  /** PEM files with which the collector speaks TLS itself; taken anew when they change, and on SIGHUP. */
  tls?: TlsFiles;
  /** Hits a second from one client address, 1,000 unless told; 0: no limit. More is answered with 429, and sent again. */
  addressRate?: number;
  /** Hits a second for one key; 0, no limit, unless told. */
  keyRate?: number;
  /** Serves the demo shop at `/demo/`. */
  demo?: boolean;
  /** The least that is logged to standard error: a level of pino's, or `silent`; `warn` by default. */
  logLevel?: string;
}

/** What a collector is given that no owner sets. */
export interface Parts {
  /** Other times only where tests have none to wait. */
  patience?: Patience;
  /** The part of a store that another process writes: then that one removes what is old, and knows all metrics. */
  workerStore?: WorkerStore;
}

/** How a site counts; sites may be named after anything. */
export function countingOf(config: Config): (key: string) => Counting {
  return (key) => siteOf(config, key).counting;
}

/** The key of the demo shop's site. */
export const DEMO_KEY = 'demo';

/** The store with the settings of its sites. @throws Error for a store's address that cannot be one */
export function openStoreOf(options: CollectorOptions, config: Config, log: Log): Store {
  return openStore({
    url: options.store,
    folder: options.data,
    counting: countingOf(config),
    durability: options.durability,
    onError: (error) => log.error(error),
    onNotice: (sentence) => log.warn(sentence),
  });
}

/** The demo shop's settings lie beside its pages; an owner who gives that site others has the last word. */
export function withDemo({ sites }: Config): Config {
  return { sites: { ...readConfigFile(sharedFile('demo/kmq.config.json')).sites, ...sites } };
}

/** The collector, ready to `listen`; `close` answers what it has taken, then closes the store. */
export async function createCollector(options: CollectorOptions, parts: Parts = {}): Promise<FastifyInstance> {
  const { patience = PATIENCE, workerStore } = parts;
  const { data, keys = [], demo = false, logLevel = 'warn', token, trustedProxies = [], tls } = options;
  const { addressRate = ADDRESS_RATE, keyRate = 0 } = options;
  const secure = tls && readTls(tls);
  const clients = clientsBehind(trustedProxies);
  const rates = new Rates(clients, addressRate, keyRate);
  const guard = new Guard(clients, token === undefined ? undefined : accessBy(token));
  const given = options.config ?? parseConfig({});
  const config = demo ? withDemo(given) : given;
  const accepted = keys.length ? new Set(demo ? [...keys, DEMO_KEY] : keys) : null;
  const log = createLog(logLevel);
  const onError = (error: unknown): void => log.error(error);
  const store = workerStore ?? openStoreOf(options, config, log);
  const counts = newCounts();
  const metrics = new Metrics();
  const watch = new CommitWatch(store, counts, log, metrics.onCommit);
  const servers: Server[] = [];
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: clients.trusts,
    routerOptions: { maxParamLength: REQUEST_BYTES },
    serverFactory: (handler) => serve(handler),
    clientErrorHandler: (error, socket) => {
      if (error.code !== 'ECONNRESET') counts.broken += 1;
      answerBroken(error, socket, commits, rates);
    },
  });
  const retention = workerStore ? undefined : new Retention(store, config, log);
  // What fails is said by the watch, now and then instead of with every hit.
  const commits = new GroupCommit(watch, () => {});
  const intake = new Intake();
  const tracking = new Tracking(commits, {
    accepts: (key) => !accepted || accepted.has(key),
    allows: (key, origin) => allowsOrigin(siteOf(config, key), origin),
    addressFor: (key, request) => (siteOf(config, key).ipAddress ? clients.addressOf(request) : ''),
    rates,
    intake,
  });
  const live = new Live(store, onError);

  function serve(handler: FastifyServerFactoryHandler) {
    const server = createListener(
      (request, response) => {
        if (!tracking.handle(request, response)) handler(request, response);
      },
      patience,
      counts,
      secure,
    );
    servers.push(server);
    return server;
  }

  const forget = tls && renewTls(servers as unknown as TlsServer[], tls, onError);
  // Before all routes, since it counts their requests.
  shutdownInOrder(app, {
    servers,
    begin: () => {
      tracking.stopping = true;
      live.close();
    },
    drained: () => commits.drained(),
    closeStore: async () => {
      forget?.();
      await retention?.close();
      await store.close();
    },
  });

  const dist = sharedFile('dist');
  const loader = readFileSync(join(dist, 'loader.js'), 'utf8');
  const { version } = JSON.parse(readFileSync(PACKAGE_JSON, 'utf8')) as { version: string };
  sayToAll(app, Boolean(tls));
  await guard.watch(app);
  registerApi(app, store, live, { version, keys: accepted && [...accepted], demo, loader });
  registerHealth(app, watch, data);
  metrics.register(app, {
    ...{ version, counts, failures: () => watch.failures },
    waiting: () => commits.length,
    intake,
    backlog: () => store.backlog(),
    readers: () => live.readers,
  });
  if (workerStore) {
    metrics.all = workerStore.metrics;
    workerStore.onRead = () => metrics.readings();
  }
  registerScripts(app, dist, config);
  await registerPages(app, builtFile('dashboard'), Boolean(guard.access));
  if (guard.access) await registerLogin(app, guard, builtFile('dashboard'));
  if (demo) await registerDemo(app, sharedFile('demo'), loader, DEMO_KEY);
  return app;
}
