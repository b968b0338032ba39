import type { Command } from 'commander';
import { becomeOwner } from '../open-reports.js';
import { resolveCollector, sayWhichFile, type Resolved } from '../resolve.js';
import { addFlags } from '../store-settings.js';
import { examineAccess, tokenOf } from './access.js';
import { examineClickHouse } from './clickhouse.js';
import { examineCollector } from './collector.js';
import { examineDataFolder } from './data-folder.js';
import { fault, note, ok, type Finding } from './finding.js';
import { examineHit } from './hit.js';
import { examinePublicUrl } from './public-url.js';
import { examineTls } from './tls.js';

const WORDS = { ok: 'ok   ', note: 'note ', fault: 'FAULT' };

/** `kmq doctor`. It has the flags of `kmq serve`, and checks the installation that would start with them. */
export function registerDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('Check an installation, and say what is wrong and what to do. Give it the flags of the collector.')
    .option('--hit <key>', 'also send one event to this site and look for it; the event stays in the site’s reports');
  addFlags(command);
  command.action(async ({ hit, ...flags }: Record<string, unknown>) => {
    const counts = { ok: 0, note: 0, fault: 0 };
    for await (const { level, about, says } of examine(flags, hit as string | undefined)) {
      counts[level]++;
      console.log(`${WORDS[level]}  ${about.padEnd(12)} ${says}`);
    }
    console.log(
      `${counts.fault || 'No'} ${counts.fault === 1 ? 'fault' : 'faults'}, ${counts.note} ${counts.note === 1 ? 'note' : 'notes'}.`,
    );
    if (counts.fault) process.exitCode = 1;
  });
}

async function* examine(flags: Record<string, unknown>, key: string | undefined): AsyncGenerator<Finding> {
  let resolved: Resolved;
  try {
    resolved = resolveCollector(flags, process.env);
  } catch (error) {
    // Without valid settings nothing else can be checked.
    for (const line of (error as Error).message.split('\n')) yield fault('settings', line);
    return;
  }
  const { settings, unknown } = resolved;
  const which = sayWhichFile(settings);
  const says = `${which[0]!.toUpperCase()}${which.slice(1)}.`;
  yield settings.config === undefined
    ? note(
        'settings',
        `${says} Each site has the default settings, also of consent. If you have a file, name it by --config.`,
      )
    : ok('settings', says);
  for (const name of unknown) yield note('settings', `${name} is in the environment, but no setting has this name.`);
  // Root could read and write everything, so the check of the folder would always succeed.
  becomeOwner(settings.data);
  yield* await examineDataFolder(settings);
  yield* examineAccess(resolved);
  yield* examineTls(settings);
  yield* await examineClickHouse(settings);
  const token = tokenOf(settings);
  const { isRunning, findings } = await examineCollector(settings, token);
  yield* findings;
  if (!isRunning) {
    if (key !== undefined) yield note('hit', 'No event was sent, since no collector runs.');
    return;
  }
  yield* await examinePublicUrl(settings, token);
  if (key !== undefined) yield await examineHit(settings, key, token);
}
