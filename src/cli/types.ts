import type { Command } from 'commander';
import type { TypesOptions } from './types-answer.js';
import { addStoreFlags } from './store-settings.js';

/** `kmq types`. */
export function registerTypes(program: Command): void {
  const command = program
    .command('types')
    .description(
      'Write TypeScript types for the events that a site has sent to the embedded store, so that the compiler checks an application’s events.',
    )
    .requiredOption('--key <key>', 'the key of the site (required)')
    .option(
      '--output <file>',
      'file to write, such as src/kmq-events.d.ts, in a folder that TypeScript reads (default: standard output)',
    );
  addStoreFlags(command, ['data', 'store', 'config', 'reportMemory', 'reportThreads']).action(write);
}

/** Loads DuckDB only for this command, since it takes memory. */
async function write(options: TypesOptions): Promise<void> {
  const { answerTypes } = await import('./types-answer.js');
  await answerTypes(options);
}
