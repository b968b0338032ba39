import { expect, test } from 'vitest';
import { openingFault } from '../../src/collector/reports/engine/opening-fault.js';
import { UnusableReports } from '../../src/collector/reports/engine/unusable-reports.js';

test.each([
  [new UnusableReports('The setting "counting" of a site has changed.'), 'file'],
  [new Error('IO Error: The file "/d/reports.duckdb" exists, but it is not a valid DuckDB database file!'), 'file'],
  [new Error('IO Error: Corrupt database file: computed checksum 1 does not match stored checksum 2'), 'file'],
  [
    new Error('IO Error: Could not read enough bytes from file "/d/reports.duckdb": attempted to read 3192 bytes'),
    'file',
  ],
  [new Error('IO Error: Could not read from file "/d/reports.duckdb": Is a directory'), 'file'],
  [new Error('Catalog Error: Table with name state does not exist!'), 'file'],
  [new Error('IO Error: Cannot open file "/d/reports.duckdb": Too many open files'), 'machine'],
  [new Error('IO Error: Cannot open file "/d/reports.duckdb": Permission denied'), 'machine'],
  [new Error('IO Error: Could not write file "/d/reports.duckdb": No space left on device'), 'machine'],
  [new Error('IO Error: Could not set lock on file "/d/reports.duckdb": Conflicting lock is held'), 'machine'],
  // With this file and this memory limit the error would occur each time.
  [new Error('Out of Memory Error: could not allocate block of size 256.0 KiB'), undefined],
  [Object.assign(new Error('EMFILE: too many open files, mkdir'), { code: 'EMFILE', errno: -24 }), 'machine'],
  [Object.assign(new Error('database disk image is malformed'), { code: 'ERR_SQLITE_ERROR' }), 'machine'],
  [Object.assign(new RangeError('The value is out of range.'), { code: 'ERR_OUT_OF_RANGE' }), undefined],
  // A bad sector: the file is built again if the error stays.
  [new Error('IO Error: Could not read from file "/d/reports.duckdb": Input/output error'), undefined],
  [new Error('IO Error: Could not write file "/d/reports.duckdb": Input/output error'), undefined],
  [new Error('Something that nobody has seen yet.'), undefined],
])('%s: the fault is of %s', (error, fault) => expect(openingFault(error)).toBe(fault));
