import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Option, type Command } from 'commander';
import { time } from '../collector/reports/sheets/rows.js';
import { snapshotFile } from '../collector/reports/snapshot-format.js';
import { openEmbeddedSource, type HitSource } from '../collector/store/embedded/source.js';
import { openStore } from '../collector/store/open.js';
import type { DamagedRow, ExportedHit } from '../collector/store/store.js';
import { rawLines } from '../protocol/raw-format.js';
import { kmqLines } from '../transfer/kmq-format.js';
import { toFile, toStandardOutput } from './export-output.js';
import { removedOnSignals } from './signals.js';
import { withSnapshot } from './snapshot.js';
import { addStoreFlags, storeSettings } from './store-settings.js';

interface Options extends Record<string, unknown> {
  key?: string[];
  format: 'kmq' | 'raw' | 'parquet';
  output?: string;
}

/** Standard output. */
const STREAM = '-';

/** The exit code where some rows could not be read, and everything else is written. */
const SOME_DAMAGED = 2;

/** Rows that cannot be read and are named. */
const SHOWN = 10;

/** `kmq export`. */
export function registerExport(program: Command): void {
  const command = program
    .command('export')
    .description('Write the hits of a store, a line each, also while a collector runs on it.')
    .option('--key <key...>', 'hits of these sites (default: of all)')
    .addOption(
      new Option(
        '--format <format>',
        'kmq loses nothing; raw is the raw export of the original, and parquet the events as SQL sees them, of one site',
      )
        .choices(['kmq', 'raw', 'parquet'])
        .default('kmq'),
    )
    .option('--output <file>', 'where to (default: -, standard output); a file has its name when all is in it');
  addStoreFlags(command, ['data', 'store', 'config']).action((options: Options) =>
    options.format === 'parquet' ? exportParquet(options) : exportHits(options),
  );
}

async function exportHits(options: Options): Promise<void> {
  const { data, store: url, counting } = storeSettings(options);
  // A store of its own, beside that of a collector: the spool, which stays empty, must not be the collector's.
  const spool = url === undefined ? undefined : mkdtempSync(join(tmpdir(), 'kmq-export-'));
  const keepSpool = spool === undefined ? undefined : removedOnSignals(spool);
  const store: HitSource = spool === undefined ? openEmbeddedSource(data) : openStore({ url, folder: spool, counting });
  try {
    const keys = await chosen(store, options);
    const damaged = new DamageReport();
    let count = 0;
    const hits = async function* (): AsyncGenerator<ExportedHit> {
      for (const key of keys) {
        for await (const hit of store.export(key, (row) => damaged.add(key, row))) {
          count += 1;
          yield hit;
        }
      }
      // All of it is more than a row that was damaged: a backup must not be replaced by nothing.
      if (!count && damaged.count) throw new Error('Nothing of the store can be read.');
    };
    const lines = Readable.from(options.format === 'raw' ? rawLines(hits()) : kmqLines(hits()));
    await write(lines, options);
    const left = damaged.count ? `; damaged, and left out: ${damaged.count}` : '';
    console.error(`Hits exported: ${count}; sites: ${keys.length}${left}.`);
    if (damaged.count) process.exitCode = SOME_DAMAGED;
  } finally {
    await store.close();
    if (spool !== undefined) rmSync(spool, { recursive: true });
    keepSpool?.();
  }
}

/** The events of a site, with who everybody is by now; what has no column in the tables of reports is in a map. */
async function exportParquet(options: Options): Promise<void> {
  const settings = storeSettings(options);
  if (settings.store !== undefined)
    throw new Error('--format parquet: reports write it, and hits that are kept in ClickHouse have none yet.');
  if ((options.output ?? STREAM) === STREAM && process.stdout.isTTY)
    throw new Error('Parquet is nothing to look at: name a file with --output.');
  const source = openEmbeddedSource(settings.data);
  const [key] = await chosen(source, options).finally(() => source.close());
  await withSnapshot(settings, key!, ['events'], async ({ path, hits, asOf }) => {
    await write(createReadStream(join(path, snapshotFile('events'))), options);
    console.error(`Hits exported: ${hits}; as of ${time(asOf)}.`);
  });
}

async function write(content: Readable, { output = STREAM }: Options): Promise<void> {
  if (output === STREAM) await toStandardOutput(content);
  else await toFile(content, output);
}

/** The keys that were asked for, each once. @throws Error for one without hits: a slip would make an empty backup */
async function chosen(store: HitSource, { key, format }: Options): Promise<string[]> {
  const all = await store.keys();
  const keys = key ? [...new Set(key)] : all;
  const missing = keys.find((one) => !all.includes(one));
  if (missing !== undefined) throw new Error(`There are no hits of a site “${missing}”.`);
  if (format !== 'kmq' && keys.length !== 1) {
    throw new Error(
      `The format ${format} has no place for the key: name one site with --key (the store has: ${all.join(', ')}).`,
    );
  }
  return keys;
}

/** Names what is left out. */
class DamageReport {
  /** A page that cannot be read does not say of which site its rows are: they are met once for each. */
  private readonly rows = new Set<string>();

  get count(): number {
    return this.rows.size;
  }

  add(key: string, { row, received, reason }: DamagedRow): void {
    if (this.rows.has(row)) return;
    this.rows.add(row);
    if (this.count > SHOWN) return;
    const time = new Date((received ?? NaN) * 1000);
    const arrived = isNaN(time.getTime()) ? 'of a time unknown' : `arrived ${time.toISOString()}`;
    console.error(`Left out: hit ${row} of site “${key}”, ${arrived}: ${reason}.`);
    if (this.count === SHOWN) console.error('Others are counted, and not named.');
  }
}
