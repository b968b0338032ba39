import type { Command } from 'commander';
import { createCollector, DEMO_KEY, type CollectorOptions } from '../collector/server.js';
import { describeSettings } from './check.js';
import { resolve, type Settings } from './resolve.js';
import { defaultOf, flagOf, SETTINGS, variableOf } from './settings.js';
import { stopOnSignals } from './signals.js';
import { isReachable, keptToken } from './token.js';

/** `kmq serve`, its flags made of the table of settings. */
export function registerServe(program: Command): void {
  const command = program
    .command('serve')
    .description('Run the collector: tracking API, tracker bundle, read API and pages.')
    .option('--check', 'say which settings hold and where they come from, then end');
  // Without defaults of commander's: a flag that was not given must not hide a variable.
  for (const setting of SETTINGS) {
    const flag = 'takes' in setting ? `${flagOf(setting)} ${setting.takes}` : flagOf(setting);
    command.option(flag, `${setting.help} (default: ${defaultOf(setting)}; ${variableOf(setting)})`);
  }
  command.action(async ({ check, ...flags }: Record<string, unknown>) => {
    const resolved = resolve(flags, process.env);
    if (check) console.log(describeSettings(resolved));
    else await serve(resolved.settings, resolved.sites, resolved.unknown);
  });
}

async function serve(settings: Settings, config: CollectorOptions['config'], unknown: string[]): Promise<void> {
  const stopping = stopOnSignals();
  const kept = settings.token === undefined && isReachable(settings) ? keptToken(settings.data) : undefined;
  const collector = await createCollector(
    collectorOptions({ ...settings, ...(kept && { token: kept.token }) }, config),
  );
  stopping.start(collector);
  for (const name of unknown) collector.log.warn(`${name} is in the environment, but no setting has this name`);
  const address = await collector.listen({ host: settings.host, port: settings.port });

  const key = settings.demo ? DEMO_KEY : (settings.key[0] ?? 'KEY');
  if (settings.demo) console.log(`Demo shop  ${address}/demo/`);
  console.log(`Live       ${address}/live?key=${encodeURIComponent(key)}`);
  if (kept) {
    // Logs are read by many and kept for long: the token itself is for the eyes at a terminal, and once.
    const shown = kept.made && process.stdout.isTTY ? kept.token : `in ${kept.file}`;
    console.log(`Token      ${shown}`);
  }
  console.log(`Start      ${address}/`);
}

/** The settings as the collector's options, without those that have no value. */
function collectorOptions(settings: Settings, config: CollectorOptions['config']): CollectorOptions {
  const { tlsCert, tlsKey } = settings;
  const options: { [name in keyof CollectorOptions]: CollectorOptions[name] | undefined } = {
    data: settings.data,
    store: settings.store,
    durability: settings.durability,
    processes: settings.processes,
    token: settings.token,
    tls: tlsCert !== undefined && tlsKey !== undefined ? { cert: tlsCert, key: tlsKey } : undefined,
    trustedProxies: settings.trustProxy,
    addressRate: settings.addressRate,
    keyRate: settings.keyRate,
    keys: settings.key,
    config,
    demo: settings.demo,
    // A person at a terminal is shown where to look, and needs lines of JSON only when something is wrong.
    logLevel: settings.logLevel ?? (process.stderr.isTTY ? 'warn' : 'info'),
  };
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as CollectorOptions;
}
