import { readFileSync } from 'node:fs';
import type { Server as TlsServer } from 'node:https';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import fastify, { type FastifyInstance, type FastifyRequest, type FastifyServerFactoryHandler } from 'fastify';
import { REQUEST_BYTES } from '../protocol/limits.js';
import { clientsBehind } from './access/client.js';
import { Guard } from './access/guard.js';
import { registerLogin } from './access/login.js';
import { ADDRESS_RATE, Rates } from './access/rates.js';
import { accessBy } from './access/token.js';
import { registerApi } from './api.js';
import { registerScripts } from './assets.js';
import { readConfigFile } from './config-file.js';
import { allowsOrigin, parseConfig, siteOf, type Config } from './config.js';
import { GroupCommit } from './group-commit.js';
import { createListener, PATIENCE, type Patience } from './listener.js';
import { Live } from './live.js';
import { sayToAll } from './page-headers.js';
import { registerDemo, registerPages } from './pages.js';
import { EmbeddedStore } from './store/embedded.js';
import { answerBroken } from './broken.js';
import { readTls, renewTls, type TlsFiles } from './tls.js';
import { Tracking } from './tracking.js';

export interface CollectorOptions {
  /** Folder of the store. */
  data: string;
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
  /** Logs errors and slow starts to standard error, as JSON lines. */
  log?: boolean;
}

/** How long a collector that stops waits for requests that are on their way in, in milliseconds. */
const GRACE = 250;

/** The key of the demo shop's site. */
export const DEMO_KEY = 'demo';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The demo shop's settings lie beside its pages; an owner who gives that site others has the last word. */
function withDemo({ sites }: Config): Config {
  return { sites: { ...readConfigFile(join(root, 'demo/kmq.config.json')).sites, ...sites } };
}

/** A request as it may stand in a log: without its address and query, which say who somebody is, and without the sender's. */
function withoutVisitor({ method, routeOptions }: FastifyRequest): Record<string, unknown> {
  return { method, route: routeOptions.url };
}

/**
 * The collector, ready to `listen`; `close` answers what it has taken, then closes the store.
 * @param patience other times only where tests have none to wait
 */
export async function createCollector(
  options: CollectorOptions,
  patience: Patience = PATIENCE,
): Promise<FastifyInstance> {
  const { data, keys = [], demo = false, log = true, token, trustedProxies = [], tls } = options;
  const { addressRate = ADDRESS_RATE, keyRate = 0 } = options;
  const secure = tls && readTls(tls);
  const clients = clientsBehind(trustedProxies);
  const rates = new Rates(clients, addressRate, keyRate);
  const guard = new Guard(clients, token === undefined ? undefined : accessBy(token));
  const given = options.config ?? parseConfig({});
  const config = demo ? withDemo(given) : given;
  const accepted = keys.length ? new Set(demo ? [...keys, DEMO_KEY] : keys) : null;
  const store = new EmbeddedStore({ folder: data, counting: (key) => siteOf(config, key).counting });

  const app = fastify({
    logger: log && { level: 'warn', serializers: { req: withoutVisitor } },
    trustProxy: clients.trusts,
    routerOptions: { maxParamLength: REQUEST_BYTES },
    serverFactory: (handler) => serve(handler),
    clientErrorHandler: (error, socket) => answerBroken(error, socket, commits, rates),
  });
  const onError = (error: unknown): void => app.log.error(error);
  const commits = new GroupCommit(store, onError);
  const tracking = new Tracking(commits, {
    accepts: (key) => !accepted || accepted.has(key),
    allows: (key, origin) => allowsOrigin(siteOf(config, key), origin),
    addressFor: (key, request) => (siteOf(config, key).ipAddress ? clients.addressOf(request) : ''),
    rates,
  });
  const live = new Live(store, onError);

  function serve(handler: FastifyServerFactoryHandler) {
    return createListener(
      (request, response) => {
        if (!tracking.handle(request, response)) handler(request, response);
      },
      patience,
      secure,
    );
  }

  const dist = join(root, 'dist');
  const loader = readFileSync(join(dist, 'loader.js'), 'utf8');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  sayToAll(app, Boolean(tls));
  const forget = tls && renewTls(app.server as unknown as TlsServer, tls, onError);
  await guard.watch(app);
  registerApi(app, store, live, { version, keys: accepted && [...accepted], demo, loader });
  registerScripts(app, dist, config);
  await registerPages(app, join(root, 'lib/dashboard'), Boolean(guard.access));
  if (guard.access) await registerLogin(app, guard, join(root, 'lib/dashboard'));
  if (demo) await registerDemo(app, join(root, 'demo'), loader, DEMO_KEY);

  app.addHook('preClose', async () => {
    live.close();
    // What has arrived is answered. A connection on which nothing has arrived yet, and browsers open such
    // ahead of time, does not count as idle and would hold the collector open.
    await commits.drained();
    setTimeout(() => app.server.closeAllConnections(), GRACE);
  });
  app.addHook('onClose', async () => {
    forget?.();
    await commits.drained();
    await store.close();
  });
  return app;
}
