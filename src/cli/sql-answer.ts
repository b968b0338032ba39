import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { time } from '../collector/reports/sheets/rows.js';
import { SNAPSHOT_TABLES } from '../collector/reports/snapshot-format.js';
import { reportLimits } from '../collector/reports-of-options.js';
import { toFile, toStandardOutput } from './export-output.js';
import { answerInClickHouse } from './sql-clickhouse.js';
import { withSnapshot } from './snapshot.js';
import { SqlDatabase } from './sql-database.js';
import type { SqlOptions } from './sql-options.js';
import { printed, type SqlFormat } from './sql-output.js';
import { prompt } from './sql-prompt.js';
import { storeSettings } from './store-settings.js';

/** Standard input. */
const STREAM = '-';

const FILES: Record<string, SqlFormat | 'parquet'> = { '.csv': 'csv', '.json': 'json', '.parquet': 'parquet' };

/** Answers a question in SQL, as the options say. */
export async function answerSql(argument: string | undefined, options: SqlOptions): Promise<void> {
  const settings = storeSettings(options);
  const asked = await textOf(argument);
  if (settings.store !== undefined) return answerInClickHouse(asked, settings, options);
  if (asked === undefined && options.out !== undefined)
    throw new Error('--out needs SQL on the command line or on standard input: it does not work with the prompt.');
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

/** The SQL of the argument or of standard input; undefined if a prompt shall be shown. */
async function textOf(argument: string | undefined): Promise<string | undefined> {
  if (argument === undefined && process.stdin.isTTY) return undefined;
  const asked = argument === undefined || argument === STREAM ? await text(process.stdin) : argument;
  if (!asked.trim()) throw new Error('There is no SQL: give it as an argument or on standard input.');
  return asked;
}

function formatOf(file: string): SqlFormat | 'parquet' {
  const format = FILES[extname(file).toLowerCase()];
  if (!format) throw new Error(`--out ${file}: the name of the file has to end in .csv, .json or .parquet.`);
  return format;
}

/** As tables, the answers to all statements; in another format, the answer to the last one. */
async function* answers(database: SqlDatabase, asked: string, format: SqlFormat): AsyncGenerator<string> {
  for await (const { result, isLast } of database.run(asked)) {
    if (isLast || format === 'table') yield* printed(result, format);
    else for await (const _ of result) continue;
  }
}

/** Makes a signal interrupt the current statement: while it runs, the process cannot end. @returns a function that cancels this */
function endedOnSignals(database: SqlDatabase): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const interrupt = (): void => database.interrupt();
  // Before the listeners that end the process.
  for (const signal of signals) process.prependListener(signal, interrupt);
  return () => signals.forEach((signal) => process.off(signal, interrupt));
}
