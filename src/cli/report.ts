import { statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { Argument, Option, type Command } from 'commander';
import type { PeopleAnswer, ReportKind, Reports } from '../protocol/reports.js';
import { readQuestion } from '../collector/reports/questions/read.js';
import { REPORTS } from '../collector/reports/questions/reports.js';
import { badQuestion, NoReport, type ReportEngine } from '../collector/reports/reports.js';
import { time } from '../collector/reports/sheets/cells.js';
import { csvOf, type Ask } from '../collector/reports/sheets/csv.js';
import { headerOf, rowsOf } from '../collector/reports/sheets/sheets.js';
import { reportsOfOptions } from '../collector/reports-of-options.js';
import { openEmbeddedSource } from '../collector/store/embedded/source.js';
import { toStandardOutput } from './export-output.js';
import { openReports } from './open-reports.js';
import { tableLines } from './report-table.js';
import { addStoreFlags, storeSettings } from './store-settings.js';

interface Options extends Record<string, unknown> {
  key: string;
  q: string;
  json?: true;
  csv?: true;
}

const STANDARD_ERROR = { warn: (sentence: string): void => console.error(sentence) };

/** How often reports that are being built, or begin anew, are asked again. */
const AGAIN_MS = 1000;

/** `kmq report`. */
export function registerReport(program: Command): void {
  const command = program
    .command('report')
    .description('Print a report, whether or not a collector runs on the data folder.')
    .addArgument(new Argument('<kind>', 'which report').choices(Object.keys(REPORTS)))
    .requiredOption('--key <key>', 'the key of the site')
    .option('--q <json>', 'the question, as the read API takes it', '{}')
    .addOption(new Option('--json', 'print the answer as the read API has it').conflicts('csv'))
    .option('--csv', 'print it as CSV; of people all');
  addStoreFlags(command, ['data', 'store', 'config', 'reportMemory', 'reportThreads', 'reportSeconds']).action(report);
}

async function report(kind: ReportKind, options: Options): Promise<void> {
  const settings = storeSettings(options);
  if (settings.store !== undefined) throw new Error('--store: hits that are kept in ClickHouse have no reports yet.');
  const read = readQuestion(kind, options.q);
  if ('bad' in read) throw badQuestion(read.bad);
  becomeOwner(settings.data);
  await checkKey(settings.data, options.key);
  const reports = await openReports(settings.data, () => reportsOfOptions(settings, settings.sites, STANDARD_ERROR)!);
  try {
    const ask: Ask = (question) => untilBuilt(reports, kind, options.key, question);
    await toStandardOutput(Readable.from(await printed(kind, read.question, options, ask)));
  } finally {
    await reports.close();
  }
}

/** Files that root makes in the folder could not be written by the collector: root asks as the folder's owner. */
function becomeOwner(folder: string): void {
  const owner = statSync(folder, { throwIfNoEntry: false });
  if (process.geteuid?.() !== 0 || !owner?.uid) return;
  process.setgroups!([owner.gid]);
  process.setgid!(owner.gid);
  process.setuid!(owner.uid);
}

/** A slip would be zeros everywhere. @throws Error where there is no store */
async function checkKey(folder: string, key: string): Promise<void> {
  const source = openEmbeddedSource(folder);
  const keys = await source.keys().finally(() => source.close());
  if (!keys.includes(key)) console.error(`There are no hits of a site “${key}” yet.`);
}

async function printed<K extends ReportKind>(
  kind: K,
  question: Reports[K]['question'],
  { json, csv }: Options,
  ask: Ask,
): Promise<AsyncIterable<string> | [string]> {
  if (csv) return csvOf(kind, question, ask);
  const answer = Buffer.from(await ask(question)).toString();
  return [json ? `${answer}\n` : tableOf(kind, question, JSON.parse(answer) as Reports[K]['answer'])];
}

/** Asks until there is an answer, and says on standard error why there is none yet. */
async function untilBuilt(
  reports: ReportEngine,
  kind: ReportKind,
  key: string,
  question: unknown,
): Promise<Uint8Array> {
  for (let said = ''; ; await wait(AGAIN_MS)) {
    try {
      return await reports.ask(kind, key, question, new AbortController().signal);
    } catch (error) {
      if (!(error instanceof NoReport) || error.code !== 'building') throw error;
      const { message, progress = 0 } = error;
      const line = `${message} ${Math.floor(progress * 100)} %`;
      if (line !== said) console.error((said = line));
    }
  }
}

function tableOf<K extends ReportKind>(
  kind: K,
  question: Reports[K]['question'],
  answer: Reports[K]['answer'],
): string {
  const lines = tableLines(headerOf(kind, question), rowsOf(kind, question, answer));
  const { total, people } = answer as Partial<PeopleAnswer>;
  if (people) lines.push('', `${people.length} of ${total} people.`);
  const left = answer.excluded ? ` Left out: ${answer.excluded.bots} bots.` : '';
  lines.push('', `As of ${time(answer.asOf)}.${left}`);
  return `${lines.join('\n')}\n`;
}
