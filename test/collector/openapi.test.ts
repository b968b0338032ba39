import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { REPORTS } from '../../src/collector/reports/questions/kinds.js';
import { about, demoData, erased, exportedHit, liveData, people, person } from '../../src/collector/api/schemas.js';
import { readEvents, startCollector } from '../support/collector.js';

type Document = {
  openapi: string;
  servers: { url: string }[];
  paths: Record<
    string,
    Record<string, { parameters?: { name: string; required: boolean; description?: string }[]; responses: object }>
  >;
  components: { schemas: Record<string, object> };
};

const KINDS = Object.keys(REPORTS);

const ADDRESS = '/api/v1/openapi.json';

const documentOf = async (origin: string): Promise<Document> =>
  (await (await fetch(origin + ADDRESS)).json()) as Document;

test('the document is valid OpenAPI 3.1, and has exactly the schemas to which it refers', async () => {
  const document = await documentOf((await startCollector()).origin);
  const validator = new Validator();
  expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]*)"/g)];
  const names = new Set(references.map(([, name]) => name!));
  expect(Object.keys(document.components.schemas).sort()).toEqual([...names].sort());
});

test('the document describes the whole read API, with the parameters of each route, and nothing else', async () => {
  const { paths } = await documentOf((await startCollector()).origin);
  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { parameters = [] }]) => {
      const names = parameters.map(({ name, required }) => (required ? name : `${name}?`));
      return `${method} ${[path, ...names].join(' ')}`;
    }),
  );
  const expected = [
    'delete /api/v1/people/{identity} key identity',
    'delete /api/v1/person key id',
    'get /api/v1/about key?',
    'get /api/v1/export key',
    'get /api/v1/live key after?',
    'get /api/v1/openapi.json',
    'get /api/v1/people key q?',
    'get /api/v1/people/{identity} key identity',
    'get /api/v1/person key id',
    ...KINDS.map((kind) => `get /api/v1/reports/${kind} key format? q?`),
    ...KINDS.map((kind) => `post /api/v1/reports/${kind} key format?`),
  ];
  expect(routes.sort()).toEqual(expected.sort());
});

test('the document says what each parameter of a query is', async () => {
  const { paths } = await documentOf((await startCollector({ demo: true })).origin);
  const all = Object.entries(paths).flatMap(([path, operations]) =>
    Object.values(operations).flatMap(({ parameters = [] }) => parameters.map((one) => ({ path, ...one }))),
  );
  const undescribed = all.filter(({ name, description }) => name !== 'identity' && !description);
  expect(undescribed.map(({ path, name }) => `${path} ${name}`)).toEqual([]);
  const q = all.find(({ path, name }) => path === '/api/v1/reports/trend' && name === 'q');
  expect(q!.description).toContain('a list of up to three');
});

test('with the demo shop the document also describes the route of its made-up visitors', async () => {
  const { origin } = await startCollector({ demo: true });
  const { paths } = await documentOf(origin);
  expect(Object.keys(paths['/api/v1/demo-data']!)).toEqual(['get', 'post']);
  const state = (await (await fetch(`${origin}/api/v1/demo-data`)).json()) as unknown;
  expect(demoData.parse(state)).toEqual(state);
});

test('the document needs the token like the API, and contains the base path', async () => {
  const collector = await startCollector({ token: 'a-token-of-24-characters', basePath: '/stats' });
  expect((await collector.send(`/stats${ADDRESS}`)).status).toBe(401);
  const headers = { authorization: 'Bearer a-token-of-24-characters' };
  const response = await collector.send(`/stats${ADDRESS}`, { headers });
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toMatchObject({ servers: [{ url: '/stats' }], security: [{ token: [] }] });
});

test('the answers of the API have the shapes of the document, and no other members', async () => {
  const collector = await startCollector();
  await collector.send('/e?_k=site&_p=bob&_n=Signed+Up&_i=h1&Plan=pro&_t=nonsense&_d=1');
  await collector.send('/a?_k=site&_p=bob&_n=bob@example.com');
  await collector.send('/s?_k=site&_p=bob&Plan=free');
  await collector.send('/e?_k=site&_n=refused');
  const isWhole = (schema: z.ZodType, value: unknown): void => expect(schema.parse(value)).toEqual(value);
  const answer = async (path: string, init?: RequestInit): Promise<unknown> =>
    (await collector.send(`/api/v1/${path}`, init)).json();
  isWhole(about, await answer('about'));
  isWhole(about, await answer('about?key=site'));
  isWhole(people, await answer('people?key=site'));
  isWhole(person, await answer('person?key=site&id=bob'));
  for (const line of await collector.export()) isWhole(exportedHit, line);
  const stop = new AbortController();
  let events = 0;
  for await (const { event, data } of readEvents(await collector.send('/api/v1/live?key=site', stop))) {
    if (event === '') continue;
    isWhole(liveData, data);
    if (++events === 4) break;
  }
  stop.abort();
  isWhole(erased, await answer('person?key=site&id=bob', { method: 'DELETE' }));
});

test.each([
  ['people', 'key', '`key` is missing.'],
  ['people?key=', 'key', '`key` is empty.'],
  [`people?key=${'k'.repeat(1025)}`, 'key', '`key` is longer than 1024 characters.'],
  [`people?key=site&q=${'q'.repeat(1025)}`, 'q', '`q` is longer than 1024 characters.'],
  ['live?key=a&key=b', 'key', '`key` is given more than once.'],
  ['person?key=&q=', 'id', '`id` is missing.'],
  ['export?__proto__=x', 'key', '`key` is missing.'],
  ['people/bob', 'key', '`key` is missing.'],
])('%s is not a valid question: of %s, %s', async (path, member, error) => {
  const response = await (await startCollector()).send(`/api/v1/${path}`);
  expect([response.status, await response.json()]).toEqual([400, { error, code: 'bad_request', member }]);
});

test('a path that cannot be decoded is answered with a sentence as well', async () => {
  const response = await (await startCollector()).send('/api/v1/people/%E0%A4%A?key=site');
  const error = 'The path of this URL has a % that does not begin an escape of UTF-8.';
  expect([response.status, await response.json()]).toEqual([400, { error }]);
});

test('letters outside the basic plane count as one character each', async () => {
  const collector = await startCollector();
  const statusOf = async (count: number): Promise<number> =>
    (await collector.send(`/api/v1/people?key=${encodeURIComponent('\u{1F600}'.repeat(count))}`)).status;
  expect([await statusOf(1024), await statusOf(1025)]).toEqual([200, 400]);
});

test('an unknown parameter of an address is ignored', async () => {
  const response = await (await startCollector()).send('/api/v1/people?key=site&_=1&key[]=2&__proto__=x');
  expect([response.status, await response.json()]).toEqual([200, { people: [] }]);
});
