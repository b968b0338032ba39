import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Json } from '../store/store.js';

/** The key of a site, as every address of the read API has it. */
export const key = z.string().min(1).max(1024).describe('The key of the site.');

export const keyed = z.object({ key });

/** Sends what a store has answered, as it is. */
export function sendJson(reply: FastifyReply, json: Json<unknown>): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(json);
}
