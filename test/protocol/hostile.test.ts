import { expect, test } from 'vitest';
import { decodeQuery } from '../../src/protocol/decode.js';
import { interpret, type AcceptedHit } from '../../src/protocol/interpret.js';
import { jsonMembers } from '../../src/protocol/json-members.js';
import { HIT_BYTES, PROPERTIES } from '../../src/protocol/limits.js';

/** A megabyte of repeated text, and then a hit. Code that needs quadratic time would exceed the time of the test. */
const MEGABYTE = 1024 * 1024;
const FIELDS = '&_k=site&_p=bob&_n=x&_t=1790000000&_d=1';
const megabyte = (piece: string): string => piece.repeat(Math.floor(MEGABYTE / piece.length));

const PIECES = [
  ...[
    '&%',
    '%zz',
    '%zz&',
    '%ff',
    '&%ff',
    '%ff.',
    '&%ff=%ff',
    '+',
    '+&',
    '=',
    '=&',
    'a&',
    'a=',
    'a=&',
    '&',
    '%',
    '%2',
    'é&',
  ],
  ...[
    '_k&',
    '%5fk&',
    '_t=%ff&',
    '&_',
    '%ED%A0%80',
    '&%ED%A0%80',
    '👍',
    '%00',
    '%00&',
    ',',
    ':,&',
    'A=1&a=2&',
    ' ',
    '\n',
    '%EF',
    '%EF%BF%BD%e9',
  ],
];

test.each(PIECES)(
  'a megabyte of %j in front of a hit is read within limits, and the hit belongs to its person',
  (piece) => {
    const hit = interpret('/e', decodeQuery(megabyte(piece) + FIELDS), 1790000000) as AcceptedHit;
    expect(hit).toMatchObject({ key: 'site', person: 'bob', name: 'x', sent: 1790000000 });
    expect(hit.properties.length).toBeLessThanOrEqual(PROPERTIES);
    expect(hit.warnings.length).toBeLessThanOrEqual(25);
  },
  20_000,
);

test.each(['_p=', '_n=', '_t=', '_i=', '_a=', '_k='])(
  'with a megabyte of spaces, digits or other text in %s a hit is refused, or has a warning',
  (field) => {
    for (const piece of [' ', '+', '1', '.1', '5.', '%20', 'a', '-', 'e9']) {
      const query = `${FIELDS.slice(1)}&${field}${megabyte(piece)}`;
      const hit = interpret('/e', decodeQuery(query), 1790000000);
      if ('reason' in hit) expect(hit.reason[0]).toMatch(/^(no|long)-/);
      else expect(hit.warnings.length).toBeGreaterThan(0);
    }
  },
  20_000,
);

test('of 150,000 different properties 1,000 are stored, and a warning has the number of the others', () => {
  const query = Array.from({ length: 150_000 }, (_, n) => `p${n}`).join('&');
  const hit = interpret('/e', decodeQuery(query + FIELDS), 1790000000) as AcceptedHit;
  expect(hit.properties.length).toBe(PROPERTIES);
  expect(hit.warnings).toEqual([['many-properties', '149000']]);
}, 20_000);

test('a megabyte of control characters, which JSON writes longer, is at most a megabyte in the store', () => {
  const query = Array.from({ length: 128 }, (_, n) => `p${n}=${'\u0001'.repeat(8190)}`).join('&');
  const hit = interpret('/e', decodeQuery(query + FIELDS), 1790000000) as AcceptedHit;
  expect(Buffer.byteLength(JSON.stringify(hit.properties))).toBeLessThanOrEqual(HIT_BYTES);
  expect(hit.warnings).toEqual([['large-hit', '107']]);
}, 20_000);

test.each(['[', '{"a":', '[]', '"\\\\', '\\"', '"a":1,', '{},', '1', ' '])(
  'a megabyte of %j as JSON is read in limited time',
  (piece) => {
    const text = megabyte(piece);
    for (const json of [text, `{"a":"${text}"}`, `{"a":[${text}0]}`, `{${text}"a":1}`]) {
      const members = jsonMembers(json);
      let parsed: unknown;
      try {
        parsed = JSON.parse(json);
      } catch {
        parsed = undefined;
      }
      expect(members === undefined).toBe(typeof parsed !== 'object' || Array.isArray(parsed));
    }
  },
  20_000,
);
