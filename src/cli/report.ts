import { Readable } from 'node:stream';
import { Argument, Option, type Command } from 'commander';
import type { PeopleAnswer, ReportKind, Reports, TrendAnswer } from '../protocol/reports.js';
import { readQuestion } from '../collector/reports/questions/read.js';
import { REPORTS } from '../collector/reports/questions/kinds.js';
import { badQuestion } from '../collector/reports/no-report.js';
import { time } from '../collector/reports/sheets/rows.js';
import { csvOf, type Ask } from '../collector/reports/sheets/csv.js';
import { headerOf, rowsOf } from '../collector/reports/sheets/sheets.js';
import { toStandardOutput } from './export-output.js';
import { tellOfClickHouse } from './named-folder.js';
import { openReports, untilBuilt } from './open-reports.js';
import { tableLines } from './report-table.js';
import { addStoreFlags, storeSettings } from './store-settings.js';

const EXAMPLE = `
Example:
  kmq report trend --key KEY --q '{"event": "Signed Up", "count": "people", "by": "week",
    "from": "2026-10-01", "to": "2026-10-31"}'`;

interface Options extends Record<string, unknown> {
  key: string;
  q: string;
  json?: true;
  csv?: true;
}

/** `kmq report`. */
export function registerReport(program: Command): void {
  const command = program
    .command('report')
    .description('Print a report, whether or not a collector runs on the data folder.')
    .addArgument(new Argument('<kind>', 'kind of report').choices(Object.keys(REPORTS)))
    .requiredOption('--key <key>', 'the key of the site (required)')
    .option('--q <json>', 'the question, a JSON object; the read API accepts the same questions', '{}')
    .addOption(new Option('--json', 'print the answer as JSON, as the read API gives it').conflicts('csv'))
    .option('--csv', 'print the answer as CSV, with all people of a list');
  command.addHelpText('after', EXAMPLE);
  // The rest of the arguments is checked below, with an error that says where the question belongs.
  command.allowExcessArguments();
  addStoreFlags(command, ['data', 'store', 'config', 'reportMemory', 'reportThreads', 'reportSeconds']).action(
    (kind: ReportKind, options: Options) => {
      const [, word] = command.args;
      if (word !== undefined)
        throw new Error(`“${word}” is not an argument of kmq report. The question goes after --q.`);
      return report(kind, options);
    },
  );
}

async function report(kind: ReportKind, options: Options): Promise<void> {
  const settings = storeSettings(options);
  const read = readQuestion(kind, options.q);
  if ('bad' in read) {
    const { bad } = read;
    if (bad.code !== 'missing_member') throw badQuestion(bad);
    throw new Error(`${bad.error} The question goes after --q: kmq report --help shows an example.`);
  }
  tellOfClickHouse(options, settings, 'reads');
  const { reports, missing } = await openReports(settings, options.key);
  // Not an error: a new site has no hits yet, and a program that reads its report gets zeros.
  if (missing !== undefined) console.error(missing);
  try {
    const { signal } = new AbortController();
    const ask: Ask = (question) => untilBuilt(() => reports.ask(kind, options.key, question, signal));
    await toStandardOutput(Readable.from(await printed(kind, read.question, options, ask)));
  } finally {
    await reports.close();
  }
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

function tableOf<K extends ReportKind>(
  kind: K,
  question: Reports[K]['question'],
  answer: Reports[K]['answer'],
): string {
  const lines = tableLines(headerOf(kind, question), rowsOf(kind, question, answer));
  if (kind === 'people') {
    const { total, people } = answer as PeopleAnswer;
    lines.push('', `${people.length} of ${total} people.`);
  }
  const left = answer.excluded ? ` Left out: ${answer.excluded.bots} bots.` : '';
  const { skipped } = answer as Partial<TrendAnswer>;
  const passed = skipped
    ? ` Not in the sum: ${skipped} ${skipped === 1 ? 'value that is not a number' : 'values that are not numbers'}.`
    : '';
  lines.push('', `As of ${time(answer.asOf)}.${left}${passed}`);
  return `${lines.join('\n')}\n`;
}
