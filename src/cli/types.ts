import type { Command } from 'commander';
import type { TypesOptions } from './types-answer.js';
import { addStoreFlags } from './store-settings.js';

/** `kmq types`. */
export function registerTypes(program: Command): void {
  const command = program
    .command('types')
    .description('Write the events that a site has sent as types, by which an application is checked.')
    .requiredOption('--key <key>', 'the key of the site')
    .option('--output <file>', 'where to (default: standard output): a file that TypeScript finds, kmq-events.d.ts');
  addStoreFlags(command, ['data', 'store', 'config', 'reportMemory', 'reportThreads']).action(write);
}

/** DuckDB's library takes memory: only who asks it loads it. */
async function write(options: TypesOptions): Promise<void> {
  const { answerTypes } = await import('./types-answer.js');
  await answerTypes(options);
}
