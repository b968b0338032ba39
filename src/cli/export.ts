import { closeSync, createWriteStream, fsyncSync, mkdtempSync, openSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Option, type Command } from 'commander';
import { openEmbeddedSource, type HitSource } from '../collector/store/embedded/source.js';
import { openStore } from '../collector/store/open.js';
import type { ExportedHit } from '../collector/store/store.js';
import { rawLines } from '../protocol/raw-format.js';
import { kmqLines } from '../transfer/kmq-format.js';
import { addStoreFlags, storeSettings } from './store-settings.js';

interface Options extends Record<string, unknown> {
  key?: string[];
  format: 'kmq' | 'raw';
  output?: string;
}

/** `kmq export`. */
export function registerExport(program: Command): void {
  const command = program
    .command('export')
    .description('Write the hits of a store, a line each, also while a collector runs on it.')
    .option('--key <key...>', 'hits of these sites (default: of all)')
    .addOption(
      new Option('--format <format>', 'kmq loses nothing; raw is the raw export of the original, of one site')
        .choices(['kmq', 'raw'])
        .default('kmq'),
    )
    .option('--output <file>', 'where to (default: standard output); the file is there when all is in it');
  addStoreFlags(command, ['data', 'store', 'config']).action(exportHits);
}

async function exportHits(options: Options): Promise<void> {
  const { data, store: url, counting } = storeSettings(options);
  // A store of its own, beside that of a collector: the spool, which stays empty, must not be the collector's.
  const spool = url === undefined ? undefined : mkdtempSync(join(tmpdir(), 'kmq-export-'));
  const store: HitSource = spool === undefined ? openEmbeddedSource(data) : openStore({ url, folder: spool, counting });
  try {
    const keys = await chosen(store, options);
    let count = 0;
    const hits = async function* (): AsyncGenerator<ExportedHit> {
      for (const key of keys) {
        for await (const hit of store.export(key)) {
          count += 1;
          yield hit;
        }
      }
    };
    const lines = Readable.from(options.format === 'raw' ? rawLines(hits()) : kmqLines(hits()));
    if (options.output === undefined) await toStandardOutput(lines);
    else await toFile(lines, options.output);
    console.error(`Hits exported: ${count}; sites: ${keys.length}.`);
  } finally {
    await store.close();
    if (spool !== undefined) rmSync(spool, { recursive: true });
  }
}

/** The keys that were asked for, each once. @throws Error for one without hits: a slip would make an empty backup */
async function chosen(store: HitSource, { key, format }: Options): Promise<string[]> {
  const all = await store.keys();
  const keys = key ? [...new Set(key)] : all;
  const missing = keys.find((one) => !all.includes(one));
  if (missing !== undefined) throw new Error(`There are no hits of a site “${missing}”.`);
  if (format === 'raw' && keys.length !== 1) {
    throw new Error(
      `The raw format has no place for the key: name one site with --key (the store has: ${all.join(', ')}).`,
    );
  }
  return keys;
}

async function toStandardOutput(lines: Readable): Promise<void> {
  try {
    await pipeline(lines, process.stdout as Writable);
  } catch (error) {
    // The reader has seen enough, such as head.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

/** @throws Error for a file that cannot be written; what was there before is untouched then */
async function toFile(lines: Readable, file: string): Promise<void> {
  const draft = `${file}.${process.pid}.part`;
  try {
    // Only its owner reads it: it is what is known of people.
    await pipeline(lines, createWriteStream(draft, { mode: 0o600 }));
    const written = openSync(draft, 'r+');
    fsyncSync(written);
    closeSync(written);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
