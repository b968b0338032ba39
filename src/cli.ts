#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { parseConfig, type Config } from './collector/config.js';
import { readConfigFile } from './collector/config-file.js';
import { createCollector, DEMO_KEY } from './collector/server.js';

interface ServeOptions {
  host: string;
  port: number;
  data: string;
  key: string[];
  config?: string;
  demo: boolean;
}

/** Looked for in the working directory. */
const CONFIG_FILE = 'kmq.config.json';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('kmq').description('People analytics for the _kmq queue, self-hosted.').version(version);

program
  .command('serve')
  .description('Run the collector: tracking API, tracker bundle, read API and pages.')
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--port <number>', 'port to listen on; 0 for any free one', parsePort, 8484)
  .option('--data <folder>', 'folder of the embedded store', 'data')
  .option('--key <key...>', 'take only hits of these sites (default: any)', [])
  .option(
    '--config <file>',
    `settings of the sites, see docs/configuration.md (default: ${CONFIG_FILE}, where there is one)`,
  )
  .option('--demo', 'serve the demo shop, too', false)
  .action(serve);

await program.parseAsync();

async function serve(options: ServeOptions): Promise<void> {
  const collector = await createCollector({
    data: options.data,
    keys: options.key,
    config: readConfig(options.config),
    demo: options.demo,
  }).catch(fail);
  const address = await collector.listen({ host: options.host, port: options.port }).catch(fail);

  const key = options.demo ? DEMO_KEY : (options.key[0] ?? 'KEY');
  if (options.demo) console.log(`Demo shop  ${address}/demo/`);
  console.log(`Live       ${address}/live?key=${encodeURIComponent(key)}`);
  console.log(`Start      ${address}/`);
  if (!isLoopback(options.host)) {
    console.warn(
      `The pages and the read API are open to everyone who can reach ${address}: keep them behind a proxy that asks who it is.`,
    );
  }

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void collector.close().then(() => process.exit(0), fail));
  }
}

/** The file that is named; else the one of the usual name, where there is one. */
function readConfig(named: string | undefined): Config {
  try {
    if (named === undefined && !existsSync(CONFIG_FILE)) return parseConfig({});
    return readConfigFile(named ?? CONFIG_FILE);
  } catch (error) {
    return fail(error);
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('It is a number from 0 to 65535.');
  return port;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function fail(error: unknown): never {
  console.error(`kmq: ${(error as Error).message}`);
  process.exit(1);
}
