import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { declarationOf } from '../../src/cli/declaration.js';
import { temporaryFolder } from '../support/collector.js';
import type { Told } from '../support/arrived-hits.js';
import { run } from '../support/transfer.js';
import { folderWith } from './sql-stand.js';

/** Names that would end a string, a line, a comment or the file, or have a special meaning in their place. */
const HOSTILE = [
  ...[
    "'; }}}",
    '\\',
    "\\'",
    '*/',
    '`${x}`',
    '\n}',
    '\r\n',
    '\u2028',
    '\u2029',
    '\0',
    '\u202e',
    '\u001b[2J',
    '🍵',
    '\ud83d',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    '7',
    '1e3',
    '-1',
    'class',
    '',
    ' ',
    '#private',
    '[x: string]',
    'a?',
    '//',
  ],
];

/** The names that a compiler finds in the file: the events, each with its properties. */
function read(text: string): Record<string, string[]> {
  const file = ts.createSourceFile('events.d.ts', text, ts.ScriptTarget.Latest);
  expect((file as unknown as { parseDiagnostics: unknown[] }).parseDiagnostics).toEqual([]);
  const nameOf = ({ name }: ts.TypeElement): string => (name as ts.Identifier | ts.StringLiteral).text;
  const module = file.statements.find(ts.isModuleDeclaration)!.body as ts.ModuleBlock;
  expect(module.statements).toHaveLength(1);
  const { members } = module.statements[0] as ts.InterfaceDeclaration;
  const found: Record<string, string[]> = { __proto__: null } as never;
  for (const member of members) {
    const { type } = member as ts.PropertySignature;
    found[nameOf(member)] = (type as ts.TypeLiteralNode).members.map(nameOf);
  }
  return found;
}

const property = (name: string, more = {}) => ({
  ...{ name, times: 1, empty: 0, booleans: 0, numbers: 0, dates: 0 },
  ...more,
});

describe('the file', () => {
  test('is valid for any names, and contains each of them', () => {
    const properties = HOSTILE.map((name) => property(name));
    const text = declarationOf(HOSTILE.map((name) => ({ name, times: 1, properties })));
    const found = read(text);
    expect(Object.keys(found).sort()).toEqual([...HOSTILE].sort());
    for (const names of Object.values(found)) expect([...names].sort()).toEqual([...HOSTILE].sort());
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
  });

  test('is the same for the same events, in whichever order they come', () => {
    const events = ['b', 'ä', 'a', 'B'].map((name) => ({
      name,
      times: 1,
      properties: [property(name), property('a')],
    }));
    expect(declarationOf(events.toReversed())).toBe(declarationOf(events));
  });

  test('never requires the IP address, which the collector adds', () => {
    const properties = [property('IP Address'), property('ip address'), property('IP')];
    const text = declarationOf([{ name: 'a', times: 1, properties }]);
    expect(text).toContain("'IP Address'?: string;");
    expect(text).toContain("'ip address'?: string;");
    expect(text).toContain(' IP: string;');
  });

  test('of a site without events is valid as well', () => {
    expect(read(declarationOf([]))).toEqual({});
  });
});

const hit = (event: string, properties: [string, string][], more: Partial<Told> = {}): Told => ({
  ...{ person: 'bob', event, properties },
  ...more,
});

test('kmq types writes the events that the site has sent, and an application is checked with them', async () => {
  const data = await folderWith(
    hit('Signed Up', [
      ['Plan Name', 'Pro'],
      ['seats', '3'],
      ['trial', 'true'],
      ['since', '2026-01-01T00:00:00.000Z'],
    ]),
    hit(
      'Signed Up',
      [
        ['Plan Name', '7'],
        ['seats', '-2.5'],
        ['trial', 'false'],
        ['since', '2026-01-02T00:00:00.000Z'],
        ['coupon', ''],
      ],
      { person: 'ann' },
    ),
    hit(
      'Ordered',
      [
        ['total', '12.50'],
        ['sku', '007'],
        ['order', '12345678901234567890'],
        ['note', ''],
        ['share', '0.30000000000000004'],
      ],
      { agent: 'server' },
    ),
    hit('Left', [], { person: 'ann' }),
    hit(
      "It's here\n",
      [
        ['__proto__', 'x'],
        [`a'"b`, '1'],
        ['event', 'in the map'],
      ],
      { person: 'ann' },
    ),
    hit('Scanned', [['by', 'a bot']], { agent: 'bot' }),
    { person: 'bob', properties: [['Role', 'admin']] },
  );
  const folder = await temporaryFolder();
  const file = join(folder, 'kmq-events.d.ts');
  expect(await run(['types', '--data', data, '--key', 'site', '--output', file])).toEqual({
    ...{ code: 0, out: '', err: 'Events written: 4.\n' },
  });
  // A colleague and the build read it: it contains names of events, and no data of people.
  expect(statSync(file).mode & 0o777).toBe(0o666 & ~process.umask());
  const text = readFileSync(file, 'utf8');
  expect(text.split('interface KmqEvents {\n')[1]).toBe(`    'It\\'s here\\u000a': {
      __proto__: string;
      'a\\'"b': number;
      event: string;
    };
    Left: {};
    Ordered: {
      note: string | null;
      order: string;
      share: number;
      sku: string;
      total: string;
    };
    'Signed Up': {
      'Plan Name': string | number;
      coupon?: string | null;
      seats: number;
      since: Date | string;
      trial: boolean;
    };
  }
}
`);

  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(process.cwd(), join(folder, 'node_modules/kmq'));
  writeFileSync(
    join(folder, 'application.ts'),
    `import { record } from 'kmq';
    record('Signed Up', { 'Plan Name': 'Pro', seats: 3, trial: true, since: new Date() });
    record('Left');
    // @ts-expect-error no such event
    record('Scanned', { by: 'a bot' });
    // @ts-expect-error no such property
    record('Signed Up', { 'Plan Name': 'Pro', seats: 3, trial: true, since: new Date(), Plan: 'Pro' });`,
  );
  const options = { module: 'nodenext', strict: true, noEmit: true, types: [], skipLibCheck: false };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['*.ts'] }));
  const tsc = join(process.cwd(), 'node_modules/typescript/bin/tsc');
  expect(execFileSync(process.execPath, [tsc, '-p', folder]).toString()).toBe('');
});

test('kmq types says what is wrong, and leaves an existing file as it is', async () => {
  const data = await folderWith(hit('Signed Up', []));
  const file = join(await temporaryFolder(), 'kmq-events.d.ts');
  writeFileSync(file, 'before');
  const { code, err } = await run(['types', '--data', data, '--key', 'sight', '--output', file]);
  expect([code, err]).toEqual([1, 'kmq: The store has no hits of a site “sight”. Its sites: site.\n']);
  expect(readFileSync(file, 'utf8')).toBe('before');
});
