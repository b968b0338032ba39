import type { FastifyInstance } from 'fastify';
import type { DemoDataSource } from '../../demo-data/maker.js';
import { described } from './openapi.js';
import { demoData } from './schemas.js';

const shown = described({
  tags: ['collector'],
  summary: "Whether the demo shop's made-up visitors are stored, and how many of them. 404 if the shop is not served.",
  answers: { 200: demoData },
});

const made = described({
  tags: ['collector'],
  summary: "Make the demo shop's visitors, unless they are stored already.",
  description: 'The answer does not wait until all are stored. 404 if the shop is not served.',
  answers: { 200: demoData, 202: demoData },
});

/** The made-up visitors of the demo shop: the progress, and a request that starts to store them. */
export function registerDemoData(api: FastifyInstance, source: DemoDataSource): void {
  api.get('/api/v1/demo-data', { schema: shown }, () => source.demoData());
  api.post('/api/v1/demo-data', { schema: made }, async (_request, reply) => {
    const answer = await source.makeDemoData();
    return reply.code(answer.state === 'making' ? 202 : 200).send(answer);
  });
}
