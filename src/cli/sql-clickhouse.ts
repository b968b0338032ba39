import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { ClickHouseSql, type SqlAnswer } from '../collector/reports/on-clickhouse/sql.js';
import { csvText } from '../collector/reports/sheets/csv.js';
import type { SheetCell } from '../collector/reports/sheets/rows.js';
import { toFile, toStandardOutput } from './export-output.js';
import { tellOfClickHouse } from './named-folder.js';
import { untilBuilt, type StoreSettings } from './open-reports.js';
import type { SqlOptions } from './sql-options.js';
import { ROWS_SHOWN, tableText } from './sql-table.js';

type Format = 'table' | 'csv' | 'json';

const FILES: Record<string, Format> = { '.csv': 'csv', '.json': 'json' };

/** Answers a question in ClickHouse, in its SQL. No hits are copied. */
export async function answerInClickHouse(
  asked: string | undefined,
  settings: StoreSettings,
  options: SqlOptions,
): Promise<void> {
  const { key, json, csv, out } = options;
  if (asked === undefined)
    throw new Error('--store: there is no prompt for ClickHouse. Give the SQL as an argument or on standard input.');
  const format = out === undefined ? (json ? 'json' : csv ? 'csv' : 'table') : formatOf(out);
  tellOfClickHouse(options, settings, 'reads');
  const database = new ClickHouseSql(settings.store!, settings);
  try {
    const answer = await untilBuilt(() => database.ask(key, asked));
    console.error(`This is the SQL of ClickHouse ${answer.version}: https://clickhouse.com/docs/sql-reference`);
    const text = Readable.from([printed(answer, format)]);
    await (out === undefined ? toStandardOutput(text) : toFile(text, out));
  } finally {
    await database.close();
  }
}

function formatOf(file: string): Format {
  const format = FILES[extname(file).toLowerCase()];
  if (!format) throw new Error(`--out ${file}: with --store the name of the file has to end in .csv or .json.`);
  return format;
}

function printed({ columns, rows }: SqlAnswer, format: Format): string {
  if (format === 'csv') return csvText([columns, ...rows.map((row) => row.map(toCell))], true);
  if (format === 'json') {
    const objects = rows.map((row) =>
      JSON.stringify(Object.fromEntries(columns.map((name, index) => [name, row[index]]))),
    );
    return objects.length ? `[\n${objects.join(',\n')}\n]\n` : '[]\n';
  }
  const shown = rows.slice(0, ROWS_SHOWN).map((row) => row.map(toCell));
  return tableText(columns, shown, rows.length);
}

function toCell(value: unknown): SheetCell {
  if (value === null || typeof value === 'number' || typeof value === 'string') return value;
  return JSON.stringify(value);
}
