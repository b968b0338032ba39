import { Readable } from 'node:stream';
import type { FastifyError, FastifyInstance } from 'fastify';
import type { About } from '../../protocol/api.js';
import { rawLines } from '../../protocol/raw-format.js';
import type { DamagedRow, Reader, Remover } from '../store/store.js';
import type { Live } from './live.js';

/** The most people that one search answers with. */
const MOST_PEOPLE = 50;

const key = { type: 'string', minLength: 1, maxLength: 1024 };
const keyed = { querystring: { type: 'object', required: ['key'], properties: { key } } };
const searched = {
  querystring: {
    type: 'object',
    required: ['key'],
    properties: { key, q: { type: 'string', maxLength: 1024, default: '' } },
  },
};

/**
 * Reading back, below `/api/v1`; the shapes are those of `protocol/api.ts`.
 * @param onDamaged told of what an export leaves out
 */
export function registerApi(
  app: FastifyInstance,
  store: Reader & Remover,
  live: Live,
  about: About,
  onDamaged: (row: DamagedRow) => void,
): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) request.log.error(error);
    return reply
      .code(status)
      .send({ error: status >= 500 ? 'Something went wrong; the log says what.' : error.message });
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'There is nothing at this address.' }));

  app.get('/api/v1/about', async () => about);

  app.get<{ Querystring: { key: string; q: string } }>('/api/v1/people', { schema: searched }, async ({ query }) => ({
    people: await store.people(query.key, query.q, MOST_PEOPLE),
  }));

  app.get<{ Querystring: { key: string }; Params: { identity: string } }>(
    '/api/v1/people/:identity',
    { schema: keyed },
    async ({ query, params }, reply) => {
      const person = await store.person(query.key, params.identity);
      return person ?? reply.code(404).send({ error: 'Nobody here has this identity.' });
    },
  );

  app.delete<{ Querystring: { key: string }; Params: { identity: string } }>(
    '/api/v1/people/:identity',
    { schema: keyed },
    async ({ query, params }, reply) => {
      const erased = await store.erase(query.key, params.identity);
      if (!erased) return reply.code(404).send({ error: 'Nobody here has this identity.' });
      return reply.code(erased.pending ? 202 : 200).send(erased);
    },
  );

  app.get<{ Querystring: { key: string } }>('/api/v1/live', { schema: keyed }, (request, reply) => {
    reply.hijack();
    reply.raw.setHeader('X-Content-Type-Options', 'nosniff');
    const lastEventId = request.headers['last-event-id'];
    live.serve(request.query.key, typeof lastEventId === 'string' ? lastEventId : undefined, reply.raw);
  });

  app.get<{ Querystring: { key: string } }>('/api/v1/export', { schema: keyed }, async ({ query }, reply) =>
    reply
      .type('application/x-ndjson; charset=utf-8')
      .header('Content-Disposition', 'attachment; filename="kmq-export.jsonl"')
      .send(Readable.from(rawLines(store.export(query.key, onDamaged)))),
  );
}
