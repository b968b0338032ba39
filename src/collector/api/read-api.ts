import { Readable } from 'node:stream';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import type { About } from '../../protocol/api.js';
import type { DamagedRow, Json, Reader, Remover } from '../store/store.js';
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

const identified = {
  querystring: { type: 'object', required: ['key', 'id'], properties: { key, id: { type: 'string', minLength: 1 } } },
};
const NOBODY = { error: 'Nobody here has this identity.' };

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

  app.get<{ Querystring: { key: string; q: string } }>(
    '/api/v1/people',
    { schema: searched },
    async ({ query }, reply) => sendJson(reply, await store.people(query.key, query.q, MOST_PEOPLE)),
  );

  const answerPerson = async (reply: FastifyReply, key: string, identity: string): Promise<FastifyReply> => {
    const person = await store.person(key, identity);
    return person ? sendJson(reply, person) : reply.code(404).send(NOBODY);
  };
  const erasePerson = async (reply: FastifyReply, key: string, identity: string): Promise<FastifyReply> => {
    const erased = await store.erase(key, identity);
    return erased ? reply.code(erased.pending ? 202 : 200).send(erased) : reply.code(404).send(NOBODY);
  };

  // The identity as a parameter: `.` and `..` in a path are taken out of it by every client and many proxies.
  type Identified = { Querystring: { key: string; id: string } };
  app.get<Identified>('/api/v1/person', { schema: identified }, ({ query }, reply) =>
    answerPerson(reply, query.key, query.id),
  );
  app.delete<Identified>('/api/v1/person', { schema: identified }, ({ query }, reply) =>
    erasePerson(reply, query.key, query.id),
  );

  type InPath = { Querystring: { key: string }; Params: { identity: string } };
  app.get<InPath>('/api/v1/people/:identity', { schema: keyed }, ({ query, params }, reply) =>
    answerPerson(reply, query.key, params.identity),
  );
  app.delete<InPath>('/api/v1/people/:identity', { schema: keyed }, ({ query, params }, reply) =>
    erasePerson(reply, query.key, params.identity),
  );

  app.get<{ Querystring: { key: string } }>('/api/v1/live', { schema: keyed }, (request, reply) => {
    reply.hijack();
    reply.raw.setHeader('X-Content-Type-Options', 'nosniff');
    const lastEventId = request.headers['last-event-id'];
    if (request.method === 'HEAD') return live.describe(reply.raw);
    live.serve(request.query.key, typeof lastEventId === 'string' ? lastEventId : undefined, reply.raw);
  });

  app.get<{ Querystring: { key: string } }>('/api/v1/export', { schema: keyed }, async ({ query, method }, reply) =>
    reply
      .type('application/x-ndjson; charset=utf-8')
      .header('Content-Disposition', 'attachment; filename="kmq-export.jsonl"')
      // For the headers alone nothing is read.
      .send(method === 'HEAD' ? '' : Readable.from(store.rawExport(query.key, onDamaged))),
  );
}

/** Sends what a store has answered, as it is. */
function sendJson(reply: FastifyReply, json: Json<unknown>): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(json);
}
