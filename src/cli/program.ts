import { Command } from 'commander';
import { VERSION } from '../collector/package-files.js';
import { registerDemoData } from './demo-data.js';
import { registerExport } from './export.js';
import { registerImport } from './import.js';
import { registerReport } from './report.js';
import { registerServe } from './serve.js';
import { registerSql } from './sql.js';
import { registerTypes } from './types.js';

/**
 * Runs what the command line asks for; what goes wrong is a line on standard error, and the exit code 1. That a message
 * cannot be written, since its reader has gone or the disk is full, is no reason to end: `kmq import … 2>&1 | head`.
 */
export async function run(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const program = new Command('kmq').description('People analytics for the _kmq queue, self-hosted.').version(VERSION);
  registerServe(program);
  registerExport(program);
  registerImport(program);
  registerReport(program);
  registerSql(program);
  registerTypes(program);
  registerDemoData(program);

  await program.parseAsync().catch((error: unknown) => {
    console.error(`kmq: ${(error as Error).message}`);
    process.exit(1);
  });
}
