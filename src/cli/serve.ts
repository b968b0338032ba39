import cluster from 'node:cluster';
import type { Command } from 'commander';
import { DEMO_KEY, sitesConfig } from '../collector/demo.js';
import type { CollectorOptions } from '../collector/options.js';
import type { Addresses } from '../collector/processes/messages.js';
import { Primary } from '../collector/processes/primary.js';
import { beginWork, WorkerStore } from '../collector/processes/worker.js';
import { createCollector } from '../collector/server.js';
import type { DemoDataMaker } from '../demo-data/maker.js';
import { countingOf, type Config } from '../collector/sites/config.js';
import { StoreServices } from '../collector/store-services.js';
import { createLog, type Log } from '../collector/watch/log.js';
import { describeSettings } from './check.js';
import { listen, type ListenSettings } from './listen.js';
import { resolveCollector, sayWhichFile, type Settings } from './resolve.js';
import { stopOnSignals } from './signals.js';
import { addFlags } from './store-settings.js';
import { isReachable, keptToken } from './token.js';

/** `kmq serve`. Its flags come from the table of settings. */
export function registerServe(program: Command): void {
  const command = program
    .command('serve', { isDefault: true })
    .description('Run the collector: tracking API, tracker bundle, read API and pages.')
    .option('--check', 'show the settings in effect and where each comes from, then exit')
    // As the default command, it also gets the mistyped names of other commands.
    .allowExcessArguments();
  addFlags(command);
  command.action(async ({ check, ...flags }: Record<string, unknown>) => {
    const [word] = command.args;
    if (word !== undefined) {
      if (program.args[0] === command.name()) throw new Error(`“${word}” is not an argument of kmq serve.`);
      const names = program.commands.map((known) => known.name());
      throw new Error(`There is no command “${word}”. The commands are ${names.join(', ')}.`);
    }
    // The primary has read the settings, and gives them to its workers.
    if (cluster.isWorker) return work();
    const resolved = resolveCollector(flags, process.env);
    if (check) console.log(describeSettings(resolved));
    else await serve(resolved.settings, resolved.sites, resolved.unknown);
  });
}

async function serve(settings: Settings, config: Config, unknown: string[]): Promise<void> {
  const stopping = stopOnSignals(settings.tlsCert !== undefined);
  const kept = keptWhereReachable(settings);
  const options = collectorOptions(settings, config, kept?.token);
  const logSettings = (log: Log): void => {
    log.info(sayWhichFile(settings));
    for (const name of unknown) log.warn(`${name} is in the environment, but no setting has this name`);
  };
  let addresses: Addresses;
  let demoDataAtWork: DemoDataMaker | undefined;
  if (settings.processes === 1) {
    const collector = await createCollector(options);
    stopping.start(collector);
    logSettings(collector.log);
    demoDataAtWork = collector.demoDataAtWork;
    addresses = await listen(collector, settings);
  } else {
    const log = createLog(options.logLevel!);
    const services = new StoreServices(options, sitesConfig(options), log);
    const primary = new Primary(services, { options, listening: settings } satisfies WorkerSettings, log);
    stopping.start(primary);
    if (options.tls) primary.passOnHangups();
    logSettings(log);
    demoDataAtWork = await services.beginDemoData();
    addresses = await primary.start(settings.processes);
  }

  const { address, clearText } = addresses;
  const below = (origin: string): string => origin + (settings.basePath ?? '');
  const start = below(address);
  const key = settings.demo ? DEMO_KEY : (settings.key[0] ?? 'KEY');
  if (settings.demo) console.log(`Demo shop  ${start}/demo/`);
  if (demoDataAtWork) announce(demoDataAtWork);
  console.log(`Live       ${start}/live?key=${encodeURIComponent(key)}`);
  if (clearText !== undefined) console.log(`No TLS     ${below(clearText)}/ for hits, the tracker and /healthz`);
  if (kept) {
    // Logs are kept for a long time and read by many people. So the token itself is shown once, and only on a terminal.
    const shown = kept.made && process.stdout.isTTY ? kept.token : `in ${kept.file}`;
    console.log(`Token      ${shown}`);
  }
  console.log(`Overview   ${start}/`);
}

/** Says that the demo's visitors are being stored, and when all are there. */
function announce(maker: DemoDataMaker): void {
  console.log('Demo data  10,000 made-up visitors are being stored; this takes about half a minute');
  void maker.finished().then((isWhole) => {
    if (isWhole) console.log('Demo data  All 10,000 visitors are stored');
  });
}

/** What a worker needs to know. It reads no settings itself. */
interface WorkerSettings {
  options: CollectorOptions;
  listening: ListenSettings;
}

/** One of several processes that answer on one port. It stops when the primary tells it to, and ignores signals. */
async function work(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  // The primary has ended: it could not be sent a message. Node then ends this process.
  cluster.worker!.on('error', () => undefined);
  const primary = beginWork<WorkerSettings>();
  let accepts = false;
  void primary.stop.then(() => accepts || process.exit(0));
  const { options, listening } = await primary.settings;
  const workerStore = new WorkerStore(options.data, countingOf(sitesConfig(options)));
  const collector = await createCollector(options, { workerStore });
  accepts = true;
  workerStore.listens(await listen(collector, listening));
  await primary.stop;
  await collector.close();
  process.exit(0);
}

function keptWhereReachable(settings: Settings): ReturnType<typeof keptToken> | undefined {
  return settings.token === undefined && isReachable(settings) ? keptToken(settings.data) : undefined;
}

/** The settings as options of the collector, without those that have no value. */
function collectorOptions(settings: Settings, config: Config, kept: string | undefined): CollectorOptions {
  const { tlsCert, tlsKey } = settings;
  const options: { [name in keyof CollectorOptions]: CollectorOptions[name] | undefined } = {
    data: settings.data,
    store: settings.store,
    durability: settings.durability,
    token: settings.token ?? kept,
    tls: tlsCert !== undefined && tlsKey !== undefined ? { cert: tlsCert, key: tlsKey } : undefined,
    trustedProxies: settings.trustProxy,
    basePath: settings.basePath,
    publicUrl: settings.publicUrl,
    addressRate: settings.addressRate,
    keyRate: settings.keyRate,
    reportMemory: settings.reportMemory,
    reportThreads: settings.reportThreads,
    reportSeconds: settings.reportSeconds,
    keys: settings.key,
    config,
    demo: settings.demo,
    demoData: settings.demoData,
    // On a terminal the URLs are enough: lines of JSON appear only when something is wrong.
    logLevel: settings.logLevel ?? (process.stderr.isTTY ? 'warn' : 'info'),
  };
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as CollectorOptions;
}
