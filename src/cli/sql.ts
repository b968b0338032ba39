import { Option, type Command } from 'commander';
import type { SqlOptions } from './sql-options.js';
import { addStoreFlags } from './store-settings.js';

/** `kmq sql`. */
export function registerSql(program: Command): void {
  const command = program
    .command('sql')
    .description('Ask your own questions in SQL, whether or not a collector runs on the data folder.')
    .argument(
      '[sql]',
      'the SQL; - for SQL from standard input. Without this argument, a terminal shows a prompt, but not with --store',
    )
    .requiredOption('--key <key>', 'the key of the site (required)')
    .addOption(new Option('--json', 'print answers as JSON').conflicts(['csv', 'out']))
    .addOption(new Option('--csv', 'print answers as CSV').conflicts('out'))
    .option('--out <file>', 'write the answer to a file: .csv, .json or .parquet; with --store .csv or .json');
  addStoreFlags(command, ['data', 'store', 'config', 'reportMemory', 'reportThreads']).action(answer);
}

/** Loads DuckDB only for this command: it takes memory, and a collector does not need it. */
async function answer(argument: string | undefined, options: SqlOptions): Promise<void> {
  const { answerSql } = await import('./sql-answer.js');
  await answerSql(argument, options);
}
