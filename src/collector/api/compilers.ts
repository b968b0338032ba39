import type { FastifyServerOptions } from 'fastify';
import { readBySchema } from './read-address.js';

type CompilersFactory = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>;

/**
 * How Fastify makes a validator and a serializer of a route's schema. All schemas are zod's. Without these two functions, Fastify
 * loads its own compilers for JSON Schema at each start, for nothing: more than a fifth of all files that a start loads.
 */
export const compilersFactory = {
  buildValidator: () => readBySchema,
  buildSerializer: () => () => (data: unknown) => JSON.stringify(data),
} as unknown as CompilersFactory;
