import type { ZodTypeProvider } from '@fastify/type-provider-zod';
import type { FastifyError, FastifyInstance } from 'fastify';
import { z } from 'zod';
import { NOT_FOUND, type About } from '../../protocol/api.js';
import type { DamagedRow, Reader, Remover } from '../store/store.js';
import type { DemoDataSource } from '../../demo-data/maker.js';
import type { ReportEngine } from '../reports/report-engine.js';
import { registerDemoData } from './demo-data.js';
import { registerHits } from './hits.js';
import type { Live } from './live.js';
import { addOpenapi, described } from './openapi.js';
import { key } from './parameters.js';
import { registerPeople } from './people.js';
import { registerReports } from './reports.js';
import { about as aboutSchema } from './schemas.js';

/** The parts that the read API needs. */
export interface ReadApi {
  store: Reader;
  remover: Pick<Remover, 'erase'>;
  live: Live;
  /** The answer of `/api/v1/about`. @param key of the site that is asked about */
  about: (key?: string) => About;
  /** Called for each damaged row that an export leaves out. */
  onDamaged: (row: DamagedRow) => void;
  /** The engine that answers reports. */
  reports: ReportEngine;
  /** The maker of the demo shop's visitors; undefined if the shop is not served. */
  demoData: DemoDataSource | undefined;
  /** The path below which browsers see the collector. */
  basePath: string;
}

/** The read API, below `/api/v1`. The shapes are in `protocol/api.ts`. */
export async function registerApi(
  app: FastifyInstance,
  { store, remover, live, about, onDamaged, reports, demoData, basePath }: ReadApi,
): Promise<void> {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) request.log.error(error);
    // The message of a 503 says why there is no answer now, and what to do.
    if (status === 503) return reply.code(status).send({ error: error.message });
    if (status >= 500) return reply.code(status).send({ error: 'Something went wrong; the log says what.' });
    const { member } = error as { member?: string };
    return reply
      .code(status)
      .send({ error: error.message, ...(member !== undefined && { code: 'bad_request', member }) });
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: NOT_FOUND }));

  // In a separate scope, so that the OpenAPI document has these routes only: pages have no schemas.
  await app.register(async (api) => {
    // A Content-Type decides nothing here: only reports read a body, as JSON. Many clients send `application/json` with each request,
    // also without a body, and Fastify would refuse that, as it refuses a type that is not valid.
    api.addHook('onRequest', async ({ raw }) => void delete raw.headers['content-type']);
    api.removeAllContentTypeParsers();
    api.addContentTypeParser('*', { parseAs: 'buffer' }, async () => undefined);
    await addOpenapi(api, basePath);
    const schema = described({
      tags: ['collector'],
      summary: 'Facts about the collector, and about a site.',
      querystring: z.object({ key: key.exactOptional() }),
      answers: { 200: aboutSchema },
    });
    api.withTypeProvider<ZodTypeProvider>().get('/api/v1/about', { schema }, async ({ query: { key } }) => about(key));
    registerPeople(api, store, remover);
    registerHits(api, store, live, onDamaged);
    if (demoData) registerDemoData(api, demoData);
    await registerReports(api, { engine: reports, keys: about().keys });
  });
}
