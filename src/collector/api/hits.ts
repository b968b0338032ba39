import { Readable } from 'node:stream';
import type { ZodTypeProvider } from '@fastify/type-provider-zod';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { MOST_EVENT_ID } from '../../protocol/api.js';
import type { DamagedRow, Reader } from '../store/store.js';
import type { Live } from './live.js';
import { described } from './openapi.js';
import { keyed } from './parameters.js';
import { exportedHit, liveData } from './schemas.js';

const shownLive = described({
  tags: ['hits'],
  summary: 'Hits and refused requests as they arrive, as server-sent events.',
  description:
    'First the latest 100 hits and the latest 100 refused requests, then those that arrive: `hit` with a LiveHit, `refused` with a ' +
    'LiveRefusal, and `skipped` with a LiveSkipped if more hits arrived at once than the stream shows. A request with `Last-Event-ID` or `after` gets the events after ' +
    'that one. If it has both, the header counts.',
  querystring: z.object({
    ...keyed.shape,
    after: z
      .string()
      .max(MOST_EVENT_ID)
      .optional()
      .describe('The id of an event, for clients that cannot send `Last-Event-ID`.'),
  }),
  answers: {},
  others: { 'text/event-stream': liveData },
});

const exported = described({
  tags: ['hits'],
  summary: 'Every stored hit of a site, one on each line, in the order of arrival.',
  description: 'Newline-delimited JSON, an ExportedHit on each line.',
  querystring: keyed,
  answers: {},
  others: { 'application/x-ndjson': exportedHit },
});

/**
 * Hits of a site: the live feed, and the export of all hits.
 * @param onDamaged called for each damaged row that an export leaves out
 */
export function registerHits(
  app: FastifyInstance,
  store: Reader,
  live: Live,
  onDamaged: (row: DamagedRow) => void,
): void {
  const api = app.withTypeProvider<ZodTypeProvider>();

  api.get('/api/v1/live', { schema: shownLive }, (request, reply) => {
    reply.hijack();
    reply.raw.setHeader('X-Content-Type-Options', 'nosniff');
    const { key, after } = request.query;
    const lastEventId = request.headers['last-event-id'];
    if (request.method === 'HEAD') return live.describe(reply.raw);
    live.serve(key, typeof lastEventId === 'string' ? lastEventId : after, reply.raw);
  });

  api.get('/api/v1/export', { schema: exported }, async ({ query, method }, reply) =>
    reply
      .type('application/x-ndjson; charset=utf-8')
      .header('Content-Disposition', 'attachment; filename="kmq-export.jsonl"')
      // A HEAD request reads nothing from the store.
      .send(method === 'HEAD' ? '' : Readable.from(store.rawExport(query.key, onDamaged))),
  );
}
