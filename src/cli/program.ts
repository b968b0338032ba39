import { Command } from 'commander';
import { VERSION } from '../collector/package-files.js';

type Register = (program: Command) => void;

/** Each command, in the order of the help, with what adds it to the program. To load all of them takes a second on a small machine. */
const COMMANDS: Record<string, () => Promise<Register>> = {
  serve: async () => (await import('./serve.js')).registerServe,
  export: async () => (await import('./export.js')).registerExport,
  import: async () => (await import('./import.js')).registerImport,
  report: async () => (await import('./report.js')).registerReport,
  sql: async () => (await import('./sql.js')).registerSql,
  types: async () => (await import('./types.js')).registerTypes,
  doctor: async () => (await import('./doctor/doctor.js')).registerDoctor,
  'demo-data': async () => (await import('./demo-data.js')).registerDemoData,
};

/** `kmq` with some of its commands. */
export async function createProgram(names: readonly string[] = Object.keys(COMMANDS)): Promise<Command> {
  const program = new Command('kmq').description('People analytics for the _kmq queue, self-hosted.').version(VERSION);
  for (const name of names) (await COMMANDS[name]!())(program);
  return program;
}

/**
 * Runs what the command line asks for. An error is a line on standard error, and the exit code 1. A message that cannot be
 * written, since its reader has gone (`kmq import … 2>&1 | head`) or the disk is full, ends nothing.
 */
export async function run(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const [name = ''] = process.argv.slice(2);
  // Flags alone are those of `kmq serve`, or ask for the help of all; a word that is no command is told all names.
  const program = await createProgram(Object.hasOwn(COMMANDS, name) ? [name] : undefined);
  await program.parseAsync().catch((error: unknown) => {
    console.error(`kmq: ${(error as Error).message}`);
    process.exit(1);
  });
}
