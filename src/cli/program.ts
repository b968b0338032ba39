import { Command } from 'commander';
import { VERSION } from '../collector/package-files.js';

type Register = (program: Command) => void;

/** The commands, in the order of the help. Each is loaded when it is needed: all of them take a second on a small machine. */
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

/** The program `kmq` with the commands of these names. */
export async function createProgram(names: readonly string[] = Object.keys(COMMANDS)): Promise<Command> {
  const program = new Command('kmq')
    .description('People analytics for the _kmq queue, self-hosted. Without a command, kmq runs serve.')
    .version(VERSION);
  for (const name of names) (await COMMANDS[name]!())(program);
  return program;
}

/**
 * Runs the command line. An error is a line on standard error and exit code 1. A message that cannot be written, because its reader
 * has ended (`kmq import … 2>&1 | head`) or the disk is full, does not end the command.
 */
export async function run(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const [name = ''] = process.argv.slice(2);
  // Without a known command all are loaded: for the flags of `kmq serve`, for the help, and for the list of names after an
  // unknown word.
  const program = await createProgram(Object.hasOwn(COMMANDS, name) ? [name] : undefined);
  await program.parseAsync().catch((error: unknown) => {
    console.error(`kmq: ${(error as Error).message}`);
    process.exit(1);
  });
}
