import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import fastify, { LogController, type FastifyInstance, type FastifyServerFactoryHandler } from 'fastify';
import { REQUEST_BYTES } from '../protocol/limits.js';
import { registerApi } from './api.js';
import { registerScripts } from './assets.js';
import { readConfigFile } from './config-file.js';
import { allowsOrigin, parseConfig, siteOf, type Config } from './config.js';
import { GroupCommit } from './group-commit.js';
import { CommitWatch } from './commit-watch.js';
import { countedResponse, newCounts } from './counts.js';
import { createLog } from './log.js';
import { Metrics } from './metrics.js';
import { registerHealth } from './health.js';
import { shutdownInOrder } from './shutdown.js';
import { Live } from './live.js';
import { registerDemo, registerPages } from './pages.js';
import { Retention } from './retention.js';
import { openStore } from './store/open.js';
import { answerBroken } from './broken.js';
import { Tracking } from './tracking.js';

export interface CollectorOptions {
  /** Folder of the embedded store, or of the spool of another one. */
  data: string;
  /** `clickhouse://user:password@host:8123[,host2:8123]/database[?cluster=NAME]`; absent: the embedded store. */
  store?: string;
  /** `full` (default): an fsync at each group commit; `fast`: the system writes when it likes. */
  durability?: 'full' | 'fast' | undefined;
  /** Processes that answer HTTP; 1 by default. */
  processes?: number;
  /** What the pages and the read API ask for; absent: open to everyone who can reach them. */
  token?: string;
  /** Files in PEM; absent: plain HTTP. */
  tls?: { cert: string; key: string };
  /** Addresses or CIDR ranges whose `X-Forwarded-*` count, `loopback` as a name, too. */
  trustedProxies?: string[];
  /** Hits a second and client address; 0: no limit. */
  addressRate?: number;
  /** Hits a second and key; 0: no limit. */
  keyRate?: number;
  /** The keys whose hits are taken; empty: any. */
  keys?: string[];
  config?: Config;
  /** Serves the demo shop at `/demo/`. */
  demo?: boolean;
  /** The least that is logged to standard error: a level of pino's, or `silent`; `warn` by default. */
  logLevel?: string;
}

/** The key of the demo shop's site. */
export const DEMO_KEY = 'demo';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The demo shop's settings lie beside its pages; an owner who gives that site others has the last word. */
function withDemo({ sites }: Config): Config {
  return { sites: { ...readConfigFile(join(root, 'demo/kmq.config.json')).sites, ...sites } };
}

/** The collector, ready to `listen`; `close` answers what it has taken, then closes the store. */
export async function createCollector(options: CollectorOptions): Promise<FastifyInstance> {
  const { data, keys = [], demo = false, logLevel = 'warn' } = options;
  const given = options.config ?? parseConfig({});
  const config = demo ? withDemo(given) : given;
  const accepted = keys.length ? new Set(demo ? [...keys, DEMO_KEY] : keys) : null;
  const log = createLog(logLevel);
  const onError = (error: unknown): void => log.error(error);
  const store = openStore({
    url: options.store,
    folder: data,
    counting: (key) => siteOf(config, key).counting,
    durability: options.durability,
    onError,
    onNotice: (sentence) => log.warn(sentence),
  });
  const counts = newCounts();
  const metrics = new Metrics();
  const watch = new CommitWatch(store, counts, log, metrics.onCommit);
  const servers: Server[] = [];
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { maxParamLength: REQUEST_BYTES },
    serverFactory: (handler) => serve(handler),
    clientErrorHandler: (error, socket) => {
      if (error.code !== 'ECONNRESET') counts.broken += 1;
      answerBroken(error, socket, commits);
    },
  });
  const removed = (key: string, hits: number): void => log.info({ site: key, hits }, 'older than they are kept');
  const retention = new Retention(store, config, removed, onError);
  // What fails is said by the watch, now and then instead of with every hit.
  const commits = new GroupCommit(watch, () => {});
  const tracking = new Tracking(commits, {
    accepts: (key) => !accepted || accepted.has(key),
    allows: (key, origin) => allowsOrigin(siteOf(config, key), origin),
  });
  const live = new Live(store, onError);

  function serve(handler: FastifyServerFactoryHandler) {
    // Keep-alive outlasts the idle time of common proxies, so that none reuses a connection that is being closed.
    const limits = { maxHeaderSize: REQUEST_BYTES, keepAliveTimeout: 72_000, ServerResponse: countedResponse(counts) };
    const server = createServer(limits, (request: IncomingMessage, response: ServerResponse) => {
      if (!tracking.handle(request, response)) handler(request, response);
    });
    servers.push(server);
    return server;
  }

  // Before all routes, since it counts their requests.
  shutdownInOrder(app, {
    servers,
    begin: () => {
      tracking.stopping = true;
      live.close();
    },
    drained: () => commits.drained(),
    closeStore: async () => {
      await retention.close();
      await store.close();
    },
  });

  const dist = join(root, 'dist');
  const loader = readFileSync(join(dist, 'loader.js'), 'utf8');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  registerApi(app, store, live, { version, keys: accepted && [...accepted], demo, loader });
  registerHealth(app, watch, data);
  metrics.register(app, {
    ...{ version, counts, failures: () => watch.failures },
    waiting: () => commits.length,
    backlog: () => store.backlog(),
    readers: () => live.readers,
  });
  registerScripts(app, dist, config);
  await registerPages(app, join(root, 'lib/dashboard'));
  if (demo) await registerDemo(app, join(root, 'demo'), loader, DEMO_KEY);
  return app;
}
