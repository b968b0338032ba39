import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Json } from '../store/store.js';

/** The parameter `key` of the read API. */
export const key = z.string().min(1).max(1024).describe('The key of the site.');

export const keyed = z.object({ key });

/** Sends the JSON of a store unchanged. */
export function sendJson(reply: FastifyReply, json: Json<unknown>): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(json);
}
