import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Clients } from '../../src/collector/access/client.js';
import { parseConfig } from '../../src/collector/sites/config.js';
import { sitesOf } from '../../src/collector/sites/sites.js';
import type { Entry } from '../../src/collector/store/store.js';
import { ingest, type TrackingRequest } from '../../src/collector/tracking/ingest.js';
import { REASONS } from '../../src/protocol/reasons.js';

const parts = {
  sites: sitesOf(parseConfig({}), null),
  clients: { addressOf: () => '' } satisfies Pick<Clients, 'addressOf'>,
};

function entriesOf(url: string, body: Buffer, type?: string): Entry[] {
  const headers = type === undefined ? {} : { 'content-type': type };
  const sender = { socket: {}, headers } as unknown as TrackingRequest['sender'];
  return ingest({ url, headers, body, warnings: [], sender }, parts);
}

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 60 }).map((some) => Buffer.from(some)),
  fc
    .array(
      fc.constantFrom(
        ...[
          '_k=',
          '_p=',
          '_n=',
          '_t=',
          '_i=',
          'site',
          'bob',
          '&',
          '=',
          '+',
          '%',
          '%e9',
          '%E',
          '%ED%A0%80',
          '\xe9',
          '\xc3',
        ],
        ...[
          '\n',
          '\r\n',
          '/e?',
          '/a?',
          '/s?',
          '\0',
          '{',
          '}',
          '[',
          ']',
          '"',
          ':',
          ',',
          '"_k":"site"',
          '"_p":',
          '\\ud800',
          '1e400',
        ],
        ...['--B', '\r\n\r\n', '--B--', 'Content-Disposition: form-data; name="_p"', 'name=', '\xef\xbb\xbf', '\ufffd'],
      ),
      { maxLength: 30 },
    )
    .map((pieces) => Buffer.from(pieces.join(''), 'latin1')),
);
const type = fc.option(
  fc.oneof(
    fc.constantFrom('application/x-www-form-urlencoded', 'text/plain;charset=UTF-8', 'application/json', 'text/html'),
    fc.constantFrom(
      'multipart/form-data; boundary=B',
      'text/plain; charset=windows-1252',
      'text/plain; charset=utf-16',
    ),
    fc.constantFrom('application/json; charset=shift_jis', 'multipart/form-data', ';;;="', 'text/plain; charset=x'),
    fc.string({ unit: 'binary' }),
  ),
  { nil: undefined },
);
const query = bytes.map((some) => some.toString('latin1').replace(/[^\x21-\x7e]/g, (c) => encodeURIComponent(c)));

test('any bytes, as query, body or lines of a batch, become a complete hit, or a refusal with a code', () => {
  fc.assert(
    fc.property(fc.constantFrom('/e', '/s', '/a', '/b'), query, bytes, type, (path, text, body, declared) => {
      const entries = entriesOf(`${path}?${text}`, body, declared);
      expect(entries.length).toBeGreaterThan(0);
      if (path !== '/b') expect(entries.length).toBe(1);
      for (const entry of entries) {
        if ('refusal' in entry) {
          expect(Object.keys(REASONS)).toContain(entry.refusal.reason[0]);
          expect(JSON.stringify(entry).isWellFormed()).toBe(true);
          continue;
        }
        const { hit } = entry;
        expect(hit.key.length * hit.person.trim().length).toBeGreaterThan(0);
        const texts = [hit.key, hit.person, hit.name ?? '', hit.id ?? '', ...hit.properties.flat()];
        expect(texts.every((one) => one.isWellFormed())).toBe(true);
        if (hit.kind === 'alias') expect(hit.person + hit.name!).not.toContain('\ufffd');
      }
    }),
    { numRuns: 3000 },
  );
});

const identity = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 6 }).map((some) => Buffer.from(some)),
  fc
    .array(fc.constantFrom('a', '\xe9', '\xe8', '\xed\xa0\x80', '\xc3\xa9', '\xef\xbf\xbd', '\xff', '\0', ' '), {
      minLength: 1,
      maxLength: 4,
    })
    .map((pieces) => Buffer.from(pieces.join(''), 'latin1')),
);
const escaped = (some: Buffer): string => [...some].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
/** The bytes as they are, except those that separate parameters and lines. */
const raw = (some: Buffer): string => some.toString('latin1').replace(/[%&=+\s]|[^\x20-\xff]/g, (c) => escape(c));

test('two identities with different bytes are never one person', () => {
  const send = [
    (some: Buffer) => entriesOf(`/e?_k=site&_n=x&_p=${escaped(some)}`, Buffer.alloc(0)),
    (some: Buffer) => entriesOf('/e', Buffer.from(`_k=site&_n=x&_p=${raw(some)}`, 'latin1')),
    (some: Buffer) => entriesOf('/b', Buffer.from(`/e?_k=site&_n=x&_p=${raw(some)}`, 'latin1'), 'text/plain'),
    (some: Buffer) =>
      entriesOf('/e', Buffer.from(`_k=site&_n=x&_p=${raw(some)}`, 'latin1'), 'text/plain; charset=latin1'),
  ];
  fc.assert(
    fc.property(identity, identity, fc.constantFrom(...send), (one, other, sent) => {
      fc.pre(!one.equals(other));
      const [first] = sent(one);
      const [second] = sent(other);
      if ('hit' in first! && 'hit' in second!) expect(first.hit.person).not.toBe(second.hit.person);
    }),
    { numRuns: 4000 },
  );
});
