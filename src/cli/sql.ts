import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Option, type Command } from 'commander';
import { time } from '../collector/reports/sheets/cells.js';
import { SNAPSHOT_TABLES } from '../collector/reports/snapshots.js';
import { reportLimits } from '../collector/reports-of-options.js';
import { toFile, toStandardOutput } from './export-output.js';
import { withSnapshot } from './snapshot.js';
import { SqlDatabase } from './sql-database.js';
import { printed, type SqlFormat } from './sql-output.js';
import { prompt } from './sql-prompt.js';
import { addStoreFlags, storeSettings } from './store-settings.js';

interface Options extends Record<string, unknown> {
  key: string;
  json?: true;
  csv?: true;
  out?: string;
}

/** Standard input. */
const STREAM = '-';

const FILES: Record<string, SqlFormat | 'parquet'> = { '.csv': 'csv', '.json': 'json', '.parquet': 'parquet' };

/** `kmq sql`. */
export function registerSql(program: Command): void {
  const command = program
    .command('sql')
    .description('Ask your own questions in SQL, whether or not a collector runs on the data folder.')
    .argument('[sql]', 'what to ask; - is standard input. Without it, a terminal gets a prompt')
    .requiredOption('--key <key>', 'the key of the site')
    .addOption(new Option('--json', 'print answers as JSON').conflicts(['csv', 'out']))
    .addOption(new Option('--csv', 'print answers as CSV').conflicts('out'))
    .option('--out <file>', 'write the answer to a file: .csv, .json or .parquet');
  addStoreFlags(command, ['data', 'store', 'config', 'reportMemory', 'reportThreads']).action(sql);
}

async function sql(argument: string | undefined, options: Options): Promise<void> {
  const settings = storeSettings(options);
  const asked = await textOf(argument);
  if (asked === undefined && options.out !== undefined) throw new Error('--out is for one question, not for a prompt.');
  const out = options.out === undefined ? undefined : formatOf(options.out);
  const format = options.json ? 'json' : options.csv ? 'csv' : 'table';
  await withSnapshot(settings, options.key, SNAPSHOT_TABLES, async (snapshot) => {
    const database = await SqlDatabase.open(snapshot, reportLimits(settings));
    const unhold = endedOnSignals(database);
    try {
      if (asked === undefined) {
        const { stdin: input, stdout: output, stderr: error } = process;
        output.write(
          `The hits of “${options.key}” as of ${time(snapshot.asOf)}. End each statement with ; — .help says more.\n`,
        );
        await prompt(database, format, { input, output, error });
      } else if (out === 'parquet') await toFile(createReadStream(await database.parquet(asked)), options.out!);
      else if (out) await toFile(Readable.from(answers(database, asked, out)), options.out!);
      else await toStandardOutput(Readable.from(answers(database, asked, format)));
    } finally {
      unhold();
      database.close();
    }
  });
}

/** @returns undefined for a prompt */
async function textOf(argument: string | undefined): Promise<string | undefined> {
  if (argument === undefined && process.stdin.isTTY) return undefined;
  const asked = argument === undefined || argument === STREAM ? await text(process.stdin) : argument;
  if (!asked.trim()) throw new Error('There is no SQL: it is an argument, or comes on standard input.');
  return asked;
}

function formatOf(file: string): SqlFormat | 'parquet' {
  const format = FILES[extname(file).toLowerCase()];
  if (!format) throw new Error(`--out ${file}: the name of the file says what it is, .csv, .json or .parquet.`);
  return format;
}

/** The answers to all statements, as a table; in a file, or for another program, that to the last one. */
async function* answers(database: SqlDatabase, asked: string, format: SqlFormat): AsyncGenerator<string> {
  for await (const { result, isLast } of database.run(asked)) {
    if (isLast || format === 'table') yield* printed(result, format);
    else for await (const _ of result) continue;
  }
}

/** The process cannot end while a statement runs. @returns what is called when none does any more */
function endedOnSignals(database: SqlDatabase): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const interrupt = (): void => database.interrupt();
  // Before those that end the process.
  for (const signal of signals) process.prependListener(signal, interrupt);
  return () => signals.forEach((signal) => process.off(signal, interrupt));
}
