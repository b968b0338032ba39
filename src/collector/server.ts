import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastify, { LogController, type FastifyInstance, type FastifyReply } from 'fastify';
import { Registry } from 'prom-client';
import { REQUEST_BYTES } from '../protocol/limits.js';
import { clientsBehind } from './access/client.js';
import { Guard } from './access/guard.js';
import { ADDRESS_RATE, Rates } from './access/rates.js';
import { accessBy } from './access/token.js';
import { keepBelow, registerBasePath } from './api/below-base-path.js';
import { compilersFactory } from './api/compilers.js';
import { registerDemo } from './api/demo.js';
import { addErrorPages } from './api/error-pages.js';
import { Live } from './api/live.js';
import { registerLogin } from './api/login.js';
import { addCommonHeaders } from './api/page-headers.js';
import { registerPages } from './api/pages.js';
import { registerApi, type ReadApi } from './api/read-api.js';
import { registerScripts } from './api/scripts.js';
import { acceptedKeys, DEMO_KEY, sitesConfig } from './demo.js';
import type { DemoDataMaker } from '../demo-data/maker.js';
import { withoutBasePath } from './http/without-base-path.js';
import { refuseInClearText } from './http/clear-text.js';
import { Gate } from './http/gate.js';
import { closeIfGone } from './http/half-closed.js';
import { Heads } from './http/heads.js';
import { Listeners, TIMEOUTS, type Timeouts } from './http/listener.js';
import { isMended } from './http/unencoded-address.js';
import { shutdownInOrder } from './http/shutdown.js';
import { readTls, renewTls } from './http/tls.js';
import type { CollectorOptions } from './options.js';
import { builtFile, sharedFile, VERSION } from './package-files.js';
import { answerMetrics } from './processes/worker-metrics.js';
import type { WorkerStore } from './processes/worker.js';
import type { ReportEngine } from './reports/report-engine.js';
import { aboutSites } from './sites/about.js';
import { sitesOf } from './sites/sites.js';
import { StoreServices } from './store-services.js';
import { Arrivals } from './tracking/arrivals.js';
import { GroupCommit } from './tracking/group-commit.js';
import { trackingHandler } from './tracking/handler.js';
import { headArrivals } from './tracking/head-arrivals.js';
import { answerMalformed } from './tracking/malformed.js';
import { RequestMemory } from './tracking/request-memory.js';
import { ClockCheck } from './watch/clock-check.js';
import { CommitMonitor } from './watch/commit-monitor.js';
import { newCounts } from './watch/counts.js';
import { damagedRows } from './watch/damaged-rows.js';
import { registerHealth } from './watch/health.js';
import { createLog, throttledErrors } from './watch/log.js';
import { commitHistograms, describeReadings, registerMetrics } from './watch/metrics.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** The maker of the demo shop's visitors, if it was storing them when the collector was ready to listen; else undefined. */
    demoDataAtWork: DemoDataMaker | undefined;
  }
}

/** Parts of a collector that tests and workers replace, and that no owner sets. */
export interface Parts {
  /** Shorter timeouts for tests. */
  timeouts?: Timeouts;
  /** The store of a worker process. Its primary writes, runs retention and collects all metrics. */
  workerStore?: WorkerStore;
  /** An engine that answers reports instead of the store's own process of reports. */
  reports?: ReportEngine;
}

/** The collector, ready to `listen`. `close` answers the requests that it has accepted, then closes the store. */
export async function createCollector(options: CollectorOptions, parts: Parts = {}): Promise<FastifyInstance> {
  const { data, demo = false, logLevel = 'warn', token, trustedProxies = [], tls } = options;
  const { addressRate = ADDRESS_RATE, keyRate = 0, basePath = '', publicUrl } = options;
  const { timeouts = TIMEOUTS, workerStore } = parts;

  const secure = tls && readTls(tls);
  const clients = clientsBehind(trustedProxies);
  const counts = newCounts();
  const rates = new Rates(clients, addressRate, keyRate, (code) => (counts.limited[code]! += 1));
  const guard = new Guard(clients, token === undefined ? undefined : accessBy(token), basePath);
  const config = sitesConfig(options);
  const keys = acceptedKeys(options);
  const log = createLog(logLevel);
  const onError = throttledErrors(log);

  const services = workerStore ? undefined : new StoreServices(options, config, log, parts.reports);
  const { store, reports, remover, demoData } = services ?? servicesOf(workerStore!, demo);
  const live = new Live(store, onError);

  const registry = new Registry();
  const monitor = new CommitMonitor(store, counts, log, commitHistograms(registry));
  // The monitor logs failures, at intervals and not for every hit.
  const commits = new GroupCommit(monitor, () => {});
  const gate = new Gate();
  const requestMemory = new RequestMemory(gate);
  // While nothing is read, no sender is slow.
  const arrivals = new Arrivals(() => performance.now() - gate.closedMs);
  const heads = new Heads(headArrivals(arrivals, clients));
  const clock = new ClockCheck(log);
  const waitingSince = () => Math.min(requestMemory.heldSince ?? Infinity, commits.since ?? Infinity);
  const stopping = new AbortController();
  const track = trackingHandler({
    ...{ sites: sitesOf(config, keys), clients, rates, arrivals, requestMemory, clock, commits },
    stopping: stopping.signal,
  });
  describeReadings(registry, {
    ...{ version: VERSION, counts, arrivals, requestMemory, waitingSince },
    failures: () => monitor.failures,
    waiting: () => commits.length,
    backlog: () => store.backlog(),
    readers: () => live.readers,
  });
  services?.addMetrics(registry);
  const ownMetrics = () => registry.getMetricsAsJSON();
  if (workerStore) answerMetrics(ownMetrics);

  const listeners = new Listeners(timeouts, counts, secure, { heads, gate });
  const endRenewal = tls && renewTls(listeners.tlsServers, tls, onError);
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    schemaController: { compilersFactory },
    trustProxy: clients.trusts,
    routerOptions: { maxParamLength: REQUEST_BYTES },
    // Called for a path that cannot be decoded. All other errors have handlers.
    frameworkErrors: (_error, _request, reply) =>
      void (reply as FastifyReply)
        .code(400)
        .send({ error: 'The path of this URL has a % that does not begin an escape of UTF-8.' }),
    serverFactory: (handler) =>
      listeners.open((request, response) => {
        if (basePath) request.url = withoutBasePath(request.url!, basePath);
        const mended = isMended(request);
        if (track(request, response)) return;
        // Only URLs of hits may contain unencoded characters. In the URL of a page they may be an attempt to bypass a
        // proxy's rules.
        if (mended) response.writeHead(400, { Connection: 'close' }).end();
        else {
          closeIfGone(response);
          handler(request, response);
        }
      }),
    clientErrorHandler: (error, socket) =>
      answerMalformed(error, socket, { rates, heads, arrivals, clock, commits, counts }),
  });
  // Before all routes, since hooks apply only to later routes, and it counts their requests.
  shutdownInOrder(app, {
    servers: listeners.servers,
    begin: () => {
      stopping.abort();
      live.close();
    },
    drained: () => commits.drained(),
    closeStore: async () => {
      endRenewal?.();
      await services?.close();
      await workerStore?.close();
    },
  });

  app.decorate('listenInClearText', (port) => listeners.openPlain(port));
  addErrorPages(app, builtFile('dashboard'), basePath);
  if (tls) refuseInClearText(app);
  const loader = readFileSync(join(sharedFile('dist'), 'loader.js'), 'utf8');
  addCommonHeaders(app, Boolean(tls));
  keepBelow(app, basePath);
  await guard.register(app);
  const about = aboutSites({ version: VERSION, keys, demo, loader }, config);
  await registerApi(app, {
    ...{ store, reports, remover, demoData, live, about, basePath },
    onDamaged: damagedRows(counts, log),
  });
  registerHealth(app, monitor, data, { clock, waitingSince });
  registerMetrics(app, registry, workerStore ? workerStore.metrics : async () => [await ownMetrics()]);
  registerScripts(app, sharedFile('dist'), config, { keys: keys ?? [], publicUrl });
  await registerPages(app, builtFile('dashboard'), { login: Boolean(guard.access), basePath, about });
  if (guard.access) await registerLogin(app, guard, builtFile('dashboard'), basePath);
  if (demo) await registerDemo(app, sharedFile('demo'), loader, DEMO_KEY);
  registerBasePath(app, basePath);
  app.decorate('demoDataAtWork', await services?.beginDemoData());
  return app;
}

/** What a worker has instead of services of its own: it reads the store itself, and the primary does all else. */
function servicesOf(
  store: WorkerStore,
  demo: boolean,
): Pick<ReadApi, 'reports' | 'remover' | 'demoData'> & { store: WorkerStore } {
  return { store, reports: store, remover: store, demoData: demo ? store : undefined };
}
