import { createReadStream } from 'node:fs';
import { resolve as resolvePath } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { now } from '../collector/clock.js';
import { noteWanted } from '../collector/reports/wanted.js';
import { openStore } from '../collector/store/open.js';
import type { ImportWriter, Store } from '../collector/store/store.js';
import type { Rules } from '../protocol/interpret.js';
import { FORMATS, readerOf, recognise, recordsOf, type Format } from '../transfer/format.js';
import { importLines, type Counts } from '../transfer/import.js';
import { openInput } from '../transfer/input.js';
import { peekRecords, type Line } from '../transfer/lines.js';
import { fileSource, namedSource, streamSource } from '../transfer/bookmark-name.js';
import { giveToOwner } from './give-to-owner.js';
import { openedRejects, RejectReport } from './import-rejects.js';
import { inputFiles, STREAM } from './input-files.js';
import { tellOfClickHouse } from './named-folder.js';
import { printable } from './printable.js';
import { showProgress, type Progress } from './progress.js';
import { addStoreFlags, storeSettings } from './store-settings.js';

interface Options extends Record<string, unknown> {
  key?: string;
  format?: Format;
  source?: string;
  rejects?: string;
  dryRun?: boolean;
}

/** The exit code if some lines were rejected and all others were stored. */
const SOME_REJECTED = 2;

/** If hits are added to a stream of less than a megabyte, its first megabyte changes: it is then another stream for kmq. */
const UNNAMED =
  'Standard input has no name, so kmq recognises it by its first megabyte only. To import a stream in which hits are added, give each import the ' +
  'same --source NAME: it continues where the last one ended.';

/** `kmq import`. */
export function registerImport(program: Command): void {
  const command = program
    .command('import')
    .description('Read hits into a store: what kmq export writes, and raw exports and CSV files of KISSmetrics.')
    .argument('[files...]', 'files and folders to read, also compressed with gzip or zstd; - for standard input', [
      STREAM,
    ])
    .option('--key <key>', 'the site of the hits; needed if the lines do not name the site', nonEmpty)
    .addOption(
      new Option('--format <format>', 'format of the lines (default: recognised from the first line)').choices(FORMATS),
    )
    .option('--source <name>', 'name of this import: the same name continues it after an interruption', nonEmpty)
    .option('--rejects <file>', 'file to which rejected lines are appended, with their numbers and reasons', aFile)
    .option('--dry-run', 'store nothing, and show what would be rejected');
  addStoreFlags(command).action(importFiles);
}

async function importFiles(names: string[], options: Options): Promise<void> {
  const passedOver: string[] = [];
  const rejects = options.rejects === undefined ? undefined : openedRejects(options.rejects);
  const files = inputFiles(names, (file) => passedOver.push(file), rejects);
  if (options.source !== undefined && files.length > 1)
    throw new Error('--source works with one file only: give one file.');
  const sizes = files.map(({ size }) => size);
  const total = sizes.includes(undefined) ? undefined : sizes.reduce<number>((sum, size) => sum + size!, 0);
  const settings = storeSettings(options);
  const { store: url, data: folder, durability, counting, placeholders } = settings;
  if (!options.dryRun) tellOfClickHouse(options, settings, 'writes');
  // If ClickHouse does not answer, the import waits: the person at the terminal must see why.
  const notices = { tell: (sentence: string): void => console.error(sentence) };
  const store = options.dryRun
    ? undefined
    : openStore({
        ...{ folder, durability, counting, url },
        // The embedded store also throws these errors, so they would be reported twice.
        onError: (error) => {
          if (url !== undefined) notices.tell(`The import waits: ${(error as Error).message}`);
        },
        onNotice: (sentence) => notices.tell(sentence),
      });
  if (store) giveToOwner(folder);
  const progress = showProgress(total, textOf);
  notices.tell = (sentence) => progress.print(sentence);
  for (const file of passedOver)
    progress.print(`${printable(file)}: not read, since files with hits have other names.`);
  const run: Run = {
    options,
    store,
    progress,
    rules: { placeholders },
    rejects: new RejectReport(rejects, (sentence) => progress.print(sentence)),
    bytes: 0,
    counts: { lines: 0, before: 0, hits: 0, rejected: 0, repaired: 0 },
  };
  try {
    for (const { name } of files) {
      await importFile(name, run).catch((error: unknown) => {
        throw new Error(`${name === STREAM ? 'standard input' : name}: ${(error as Error).message}`, { cause: error });
      });
    }
    // Whoever imports hits will look at them: the next start of the collector builds reports, without waiting for a question.
    if (store && url === undefined) await noteWanted(store, now()).catch(() => undefined);
    while (store?.backlog()) await pause(50);
  } finally {
    progress.end();
    console.error(summary(run));
    await store?.close();
  }
  if (run.counts.rejected) process.exitCode = SOME_REJECTED;
}

function textOf({ lines, rejected }: Counts, rate: (count: number) => string): string {
  return `${lines.toLocaleString('en')} lines, ${rate(lines)} a second, ${rejected.toLocaleString('en')} rejected`;
}

function summary({ store, counts: { lines, before, hits, rejected, repaired } }: Run): string {
  const earlier = before ? ` after ${before} that earlier imports had read` : '';
  const leniently = repaired ? `; malformed lines that were read: ${repaired}` : '';
  return `Lines read: ${lines}${earlier}; hits ${store ? 'imported' : 'found'}: ${hits}; lines rejected: ${rejected}${leniently}.`;
}

interface Run {
  options: Options;
  store: (Store & ImportWriter) | undefined;
  progress: Progress<Counts>;
  rules: Rules;
  rejects: RejectReport;
  /** Bytes read from all files. */
  bytes: number;
  /** The counts of all files together. */
  counts: Counts;
}

async function importFile(file: string, run: Run): Promise<void> {
  const { options, store, progress } = run;
  const { key } = options;
  const stream = file === STREAM ? process.stdin : createReadStream(file, { highWaterMark: 1024 * 1024 });
  const { head, lines, failure } = await openInput(counted(stream, run));
  const { first, all } = await peekRecords(lines);
  if (!first[0] || isEmptyArray(first)) return;
  const format = options.format ?? recognise(first[0]);
  const named = options.source !== undefined ? namedSource(options.source, key) : undefined;
  // The bookmark of a stream is made from its first megabyte. If that is damaged, the bookmark of the repaired stream would be
  // another one, and the stream would be stored twice.
  if (failure && file === STREAM && !named) throw failure.error as Error;
  const source =
    named ?? (file === STREAM ? streamSource(head, key) : fileSource(resolvePath(file), first, format, key));
  if (file === STREAM && !named && store) progress.print(UNNAMED);

  const sum = { ...run.counts };
  const counts = await importLines({
    records: recordsOf(format, all),
    read: readerOf(format, key, now, run.rules),
    store,
    source,
    onRejects: (rejects) => run.rejects.add(file, rejects),
    onProgress: (here) => progress.show(run.bytes, (run.counts = add(sum, here))),
  });
  run.counts = add(sum, counts);
}

/** Whether an input is an empty array, as some exports without hits are. It must not end the import of a folder. */
function isEmptyArray(lines: Line[]): boolean {
  return lines.map(({ text }) => text.trim()).join('') === '[]';
}

async function* counted(stream: AsyncIterable<unknown>, run: Run): AsyncGenerator<Buffer> {
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    run.bytes += chunk.length;
    yield chunk;
  }
}

function add(one: Counts, other: Counts): Counts {
  return {
    lines: one.lines + other.lines,
    before: one.before + other.before,
    hits: one.hits + other.hits,
    rejected: one.rejected + other.rejected,
    repaired: one.repaired + other.repaired,
  };
}

/** Refuses `-`: standard output stays empty, so that nothing in it can be mistaken for hits. */
function aFile(text: string): string {
  if (text === STREAM) throw new InvalidArgumentError('A file name is needed, not -.');
  return nonEmpty(text);
}

function nonEmpty(text: string): string {
  if (text === '') throw new InvalidArgumentError('The text is empty.');
  return text;
}
