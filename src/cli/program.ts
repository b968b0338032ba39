import { Command } from 'commander';
import { VERSION } from '../collector/package-files.js';
import { registerDemoData } from './demo-data.js';
import { registerDoctor } from './doctor/doctor.js';
import { registerExport } from './export.js';
import { registerImport } from './import.js';
import { registerReport } from './report.js';
import { registerServe } from './serve.js';
import { registerSql } from './sql.js';
import { registerTypes } from './types.js';

/** `kmq` with all its commands. */
export function createProgram(): Command {
  const program = new Command('kmq').description('People analytics for the _kmq queue, self-hosted.').version(VERSION);
  registerServe(program);
  registerExport(program);
  registerImport(program);
  registerReport(program);
  registerSql(program);
  registerTypes(program);
  registerDoctor(program);
  registerDemoData(program);
  return program;
}

/**
 * Runs what the command line asks for. An error is a line on standard error, and the exit code 1. A message that cannot be
 * written, since its reader has gone (`kmq import … 2>&1 | head`) or the disk is full, ends nothing.
 */
export async function run(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  await createProgram()
    .parseAsync()
    .catch((error: unknown) => {
      console.error(`kmq: ${(error as Error).message}`);
      process.exit(1);
    });
}
