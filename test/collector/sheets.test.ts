import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { csvText } from '../../src/collector/reports/sheets/csv.js';

/** The cells of a file, as spreadsheets read them: outside quotes any line feed and any carriage return ends a row. */
const cellsOf = (csv: string): string[][] =>
  parse(csv, { record_delimiter: ['\r\n', '\n', '\r'], relax_column_count: true });

/** A value with a line feed that is not in quotes would be two rows, and the second one may begin with a formula. */
test.each(['one\n=1+1', 'one\r=1+1', 'one\r\n=1+1', 'one\u2028two', 'a "quoted" one\n', '\u0085'])(
  'a value with several lines is one cell: %j',
  (value) => {
    expect(cellsOf(csvText([['name', value, 1]], false))).toEqual([['name', value, '1']]);
  },
);

/** https://owasp.org/www-community/attacks/CSV_Injection */
test.each(['=1', '+1', '@SUM(1)', '-1+cmd', '\t=1', '\r=1', '\n=1', '\r\n=1', '＝1', '-1\n=1'])(
  'a text is no formula: %j',
  (value) => {
    expect(cellsOf(csvText([[value]], false))).toEqual([[`'${value}`]]);
  },
);

test('a negative number stays a number', () => {
  expect(csvText([['-1.5', -2]], false)).toBe('-1.5,-2\r\n');
});
