import { chownSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KEY, temporaryFolder } from '../support/collector.js';
import { run } from '../support/transfer.js';

test.skipIf(process.geteuid?.() !== 0)(
  'an import of root leaves no file that the owner of the data folder cannot write',
  async () => {
    const data = await temporaryFolder();
    const owner = 65_534;
    chownSync(data, owner, owner);
    const line = '{"_p":"ann","_t":1400000000,"_n":"Paid"}\n';
    expect(await run(['import', '--data', data, '--key', KEY], line)).toMatchObject({ code: 0 });
    const files = readdirSync(data);
    expect(files).toEqual(expect.arrayContaining(['kmq.db', 'kmq.lock', 'kmq.reserve']));
    expect(files.filter((name) => statSync(join(data, name)).uid !== owner)).toEqual([]);
  },
);
