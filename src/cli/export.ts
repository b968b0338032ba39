import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Option, type Command } from 'commander';
import { time } from '../collector/reports/sheets/rows.js';
import { snapshotFile } from '../collector/reports/snapshot-format.js';
import { openClickHouseSource } from '../collector/store/clickhouse/export-source.js';
import { openEmbeddedSource } from '../collector/store/embedded/export-source.js';
import type { DamagedRow, ExportedHit, HitSource } from '../collector/store/store.js';
import { rawLines } from '../protocol/raw-format.js';
import { kmqLines } from '../transfer/kmq-format.js';
import { toFile, toStandardOutput } from './export-output.js';
import { tellOfClickHouse } from './named-folder.js';
import { noSite, sitesOf } from './no-site.js';
import { withSnapshot } from './snapshot.js';
import { addStoreFlags, storeSettings } from './store-settings.js';

interface Options extends Record<string, unknown> {
  key?: string[];
  format: 'kmq' | 'raw' | 'parquet';
  output?: string;
}

/** Standard output. */
const STREAM = '-';

/** The exit code if some rows could not be read and everything else was written. */
const SOME_DAMAGED = 2;

/** How many of the rows that cannot be read are listed. */
const SHOWN = 10;

/** `kmq export`. */
export function registerExport(program: Command): void {
  const command = program
    .command('export')
    .description('Write the hits of a store as lines, also while a collector runs on it.')
    .option('--key <key...>', 'write the hits of these sites (default: of all sites)')
    .addOption(
      new Option(
        '--format <format>',
        'kmq: complete, for kmq import; raw: the raw-export format of KISSmetrics, for one site; parquet: the events of one site, as kmq sql shows them',
      )
        .choices(['kmq', 'raw', 'parquet'])
        .default('kmq'),
    )
    .option(
      '--output <file>',
      'file to write, which appears under this name when it is complete (default: -, standard output)',
    );
  addStoreFlags(command, ['data', 'store', 'config']).action((options: Options) =>
    options.format === 'parquet' ? exportParquet(options) : exportHits(options),
  );
}

const tell = (sentence: string): void => console.error(sentence);

async function exportHits(options: Options): Promise<void> {
  const settings = storeSettings(options);
  const { data, store: url } = settings;
  tellOfClickHouse(options, settings, 'reads');
  const store = url === undefined ? openEmbeddedSource(data, tell) : openClickHouseSource(url);
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
      // If no hit at all can be read, the store itself is damaged: an empty file must not replace a backup.
      if (!count && damaged.count) throw new Error('No hit of the store can be read.');
    };
    const lines = Readable.from(options.format === 'raw' ? rawLines(hits()) : kmqLines(hits()));
    await write(lines, options);
    const left = damaged.count ? `; damaged and left out: ${damaged.count}` : '';
    console.error(`Hits exported: ${count}; sites: ${keys.length}${left}.`);
    if (damaged.count) process.exitCode = SOME_DAMAGED;
  } finally {
    await store.close();
  }
}

/** Writes the events of a site, with merged identities. Properties without a column in the tables of reports are in a map. */
async function exportParquet(options: Options): Promise<void> {
  const settings = storeSettings(options);
  if (settings.store !== undefined)
    throw new Error(
      '--format parquet needs the embedded store. With --store, kmq sql --out writes an answer as CSV or JSON.',
    );
  if ((options.output ?? STREAM) === STREAM && process.stdout.isTTY)
    throw new Error('A terminal cannot show Parquet: name a file with --output.');
  const source = openEmbeddedSource(settings.data, tell);
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

/** The requested keys, each once. @throws Error for a site without hits: a mistyped key would make an empty backup */
async function chosen(store: HitSource, { key, format }: Options): Promise<string[]> {
  const all = await store.keys();
  const keys = key ? [...new Set(key)] : all;
  const missing = keys.find((one) => !all.includes(one));
  if (missing !== undefined) throw new Error(noSite(missing, all));
  if (format !== 'kmq' && keys.length !== 1) {
    throw new Error(
      `The format ${format} does not contain the key, so an export in it has one site: name the site of the store with --key. ${sitesOf(all)}`,
    );
  }
  return keys;
}

/** Reports the rows that are left out. */
class DamageReport {
  /** A damaged page does not tell to which site its rows belong, so the export of each site finds them again. */
  private readonly rows = new Set<string>();

  get count(): number {
    return this.rows.size;
  }

  add(key: string, { row, received, reason }: DamagedRow): void {
    if (this.rows.has(row)) return;
    this.rows.add(row);
    if (this.count === SHOWN + 1) console.error('More left-out hits are counted, but not listed.');
    if (this.count > SHOWN) return;
    const time = new Date((received ?? NaN) * 1000);
    const arrived = isNaN(time.getTime()) ? 'arrived at an unknown time' : `arrived ${time.toISOString()}`;
    console.error(`Left out: hit ${row} of site “${key}”, ${arrived}: ${reason}.`);
  }
}
