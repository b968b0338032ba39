import type { ZodTypeProvider } from '@fastify/type-provider-zod';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Reader, Remover } from '../store/store.js';
import { described } from './openapi.js';
import { key, keyed, sendJson } from './parameters.js';
import { erased, people, person, problem } from './schemas.js';

/** The most people in the answer to a search. */
const MOST_PEOPLE = 50;

const NOBODY = { error: 'No person of this site has this identity.' };

const searched = described({
  tags: ['people'],
  summary: 'People with an identity that contains a text.',
  description: `The text and the identities are compared without regard to case, as Unicode folds them. At most ${MOST_PEOPLE} people.`,
  querystring: z.object({ key, q: z.string().max(1024).default('').describe('The text.') }),
  answers: { 200: people },
});

const read = {
  tags: ['people'] as ['people'],
  summary: 'The merged person to whom an identity belongs.',
  answers: { 200: person, 404: problem },
};
const removed = {
  tags: ['people'] as ['people'],
  summary:
    'Erase a person: every hit of every identity, and refused requests that name them. 202 if something is left to do.',
  answers: {
    200: erased,
    // The person can no longer be found, and the removal is not complete yet.
    202: erased,
    404: problem,
  },
};
const identified = { querystring: z.object({ key, id: z.string().min(1).describe('Any identity of the person.') }) };
const inPath = { querystring: keyed, params: z.object({ identity: z.string() }) };
const IN_PATH = 'Only for identities that can be part of a path: clients and proxies remove `.` and `..` from paths.';

/** People: the search, one person, and the erasure of a person. */
export function registerPeople(app: FastifyInstance, store: Reader, remover: Pick<Remover, 'erase'>): void {
  const api = app.withTypeProvider<ZodTypeProvider>();

  const answerPerson = async (reply: FastifyReply, key: string, identity: string): Promise<FastifyReply> => {
    const person = await store.person(key, identity);
    return person ? sendJson(reply, person) : reply.code(404).send(NOBODY);
  };
  const erasePerson = async (reply: FastifyReply, key: string, identity: string): Promise<FastifyReply> => {
    const erased = await remover.erase(key, identity);
    return erased ? reply.code(erased.pending ? 202 : 200).send(erased) : reply.code(404).send(NOBODY);
  };

  api.get('/api/v1/people', { schema: searched }, async ({ query }, reply) =>
    sendJson(reply, await store.people(query.key, query.q, MOST_PEOPLE)),
  );

  // With the identity as a parameter, since clients and many proxies remove `.` and `..` from a path.
  api.get('/api/v1/person', { schema: described({ ...read, ...identified }) }, ({ query }, reply) =>
    answerPerson(reply, query.key, query.id),
  );
  api.delete('/api/v1/person', { schema: described({ ...removed, ...identified }) }, ({ query }, reply) =>
    erasePerson(reply, query.key, query.id),
  );

  const schemaInPath = { read: { ...read, ...inPath }, removed: { ...removed, ...inPath } };
  api.get(
    '/api/v1/people/:identity',
    { schema: described({ ...schemaInPath.read, description: IN_PATH }) },
    ({ query, params }, reply) => answerPerson(reply, query.key, params.identity),
  );
  api.delete(
    '/api/v1/people/:identity',
    { schema: described({ ...schemaInPath.removed, description: IN_PATH }) },
    ({ query, params }, reply) => erasePerson(reply, query.key, params.identity),
  );
}
