#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { registerExport } from './cli/export.js';
import { registerImport } from './cli/import.js';
import { registerServe } from './cli/serve.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('kmq').description('People analytics for the _kmq queue, self-hosted.').version(version);
registerServe(program);
registerExport(program);
registerImport(program);

await program.parseAsync().catch((error: unknown) => {
  console.error(`kmq: ${(error as Error).message}`);
  process.exit(1);
});
