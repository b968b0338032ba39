import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Json } from '../store/store.js';

/** A text of at most so many characters as JSON Schema counts them: code points. zod would count UTF-16 units. */
export function textOf(most: number): z.ZodString {
  const isShort = (text: string): boolean => text.length <= most || [...text].length <= most;
  return z.string().refine(isShort, `is longer than ${most} characters`).meta({ maxLength: most });
}

/** The parameter `key` of the read API. */
export const key = textOf(1024).min(1).describe('The key of the site.');

export const keyed = z.object({ key });

/** Sends the JSON of a store unchanged. */
export function sendJson(reply: FastifyReply, json: Json<unknown>): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(json);
}
