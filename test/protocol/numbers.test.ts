import { expect, test } from 'vitest';
import { jsonMembers } from '../../src/protocol/json-members.js';
import { readInput } from '../support/transfer.js';

const NUMBERS = {
  ...{
    '7': '7',
    '7.0': '7',
    '-0': '0',
    '0.10': '0.1',
    '1e2': '100',
    '1.4E+9': '1400000000',
    '123456789012345': '123456789012345',
  },
  ...{ '1.0000000000000000': '1', '1e20': '100000000000000000000' },
  // Numbers that JavaScript cannot represent.
  ...{
    '1e22': '1e22',
    '1e+22': '1e+22',
    '1e400': '1e400',
    '1e-400': '1e-400',
    '0.1234567890123456': '0.1234567890123456',
  },
  '12345678901234567890': '12345678901234567890',
};

test.each(Object.entries(NUMBERS))(
  'the number %s is the text %s, in a request and in an import',
  async (number, text) => {
    expect(jsonMembers(`{"a":${number}}`)).toEqual([['a', text]]);
    for (const other of ['', ',"b":12345678901234567890']) {
      const { hits } = await readInput('raw', `{"_p":${number}${other},"_t":1400000000,"_n":"x"}\n`);
      expect(hits.map(({ hit }) => hit.person)).toEqual([text]);
    }
  },
);

test('a number of a million digits, nearly all of them zeros, is read fast', async () => {
  const number = `1${'0'.repeat(1_000_000)}1`;
  expect(jsonMembers(`{"a":${number}}`)).toEqual([['a', number]]);
  const { hits } = await readInput('raw', `{"_p":"bob","_t":1400000000,"_n":"x","v":${number}}\n`);
  expect(hits).toHaveLength(1);
});
