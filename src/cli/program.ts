import { Command } from 'commander';
import { VERSION } from '../collector/package-files.js';
import { registerExport } from './export.js';
import { registerImport } from './import.js';
import { registerServe } from './serve.js';

/** Runs what the command line asks for; what goes wrong is a line on standard error, and the exit code 1. */
export async function run(): Promise<void> {
  const program = new Command('kmq').description('People analytics for the _kmq queue, self-hosted.').version(VERSION);
  registerServe(program);
  registerExport(program);
  registerImport(program);

  await program.parseAsync().catch((error: unknown) => {
    console.error(`kmq: ${(error as Error).message}`);
    process.exit(1);
  });
}
