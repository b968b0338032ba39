import fastifySwagger, { type SwaggerTransform, type SwaggerTransformObject } from '@fastify/swagger';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from '@fastify/type-provider-zod';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { VERSION } from '../package-files.js';
import { referencedOnly } from './references.js';
import { problem } from './schemas.js';

/** The description of a route. */
interface Description<Q extends z.ZodType, P extends z.ZodType> {
  tags: ['people' | 'hits' | 'reports' | 'collector'];
  summary: string;
  description?: string;
  /** Schemas with which the URL is parsed. */
  querystring?: Q;
  params?: P;
  /** Only in the document, because the route itself parses it: the JSON in the parameter `q`, or the body. */
  question?: z.ZodType;
  /** Only in the document: JSON answers by status. */
  answers: Record<number, z.ZodType>;
  /** Only in the document: other media types of an answer with 200. */
  others?: Record<string, z.ZodType>;
  /** Only in the document: answers with 4xx and 5xx. */
  problem?: z.ZodType;
}

/** The schema of a route. */
export function described<Q extends z.ZodType = z.ZodUnknown, P extends z.ZodType = z.ZodUnknown>({
  answers,
  problem: refused = problem,
  ...schema
}: Description<Q, P>): { querystring: Q; params: P } {
  const response = { ...answers, '4xx': refused, '5xx': refused };
  return { ...schema, response } as unknown as { querystring: Q; params: P };
}

/** Later versions may add members to answers, so the document allows additional properties. */
const zodToJsonConfig: Parameters<typeof createJsonSchemaTransform>[0]['zodToJsonConfig'] = {
  override: ({ zodSchema, jsonSchema }) => {
    if (zodSchema instanceof z.ZodObject && !zodSchema.def.catchall) delete jsonSchema.additionalProperties;
  },
};

const toJson = createJsonSchemaTransform({ zodToJsonConfig });

/** The results of `described`. */
type Shown = Omit<Description<z.ZodType, z.ZodType>, 'answers' | 'problem'> & { response: Record<string, z.ZodType> };

const transform: SwaggerTransform = (route) => {
  if (!route.schema) return { schema: { hide: true }, url: route.url };
  const { question, others = {}, ...schema } = route.schema as unknown as Shown;
  const json = (part: object): Described => toJson({ ...route, schema: part }).schema as Described;
  const described = json(schema);
  for (const [status, answer] of Object.entries(schema.response)) {
    described.response[status] = { ...described.response[status], description: descriptionOf(answer) };
  }
  if (question) {
    const body = json({ body: question }).body!;
    if (route.route.method === 'POST') described.body = body;
    else {
      const { properties } = described.querystring!;
      const { description } = properties.q as { description: string };
      properties.q = { description, allOf: [body], 'x-consume': 'application/json' };
    }
  }
  const answer = described.response[200];
  const content: Record<string, object> = answer ? { 'application/json': { schema: answer } } : {};
  for (const [type, other] of Object.entries(others)) content[type] = { schema: json({ body: other }).body! };
  described.response[200] = { description: descriptionOf(schema.response[200]), content };
  return { schema: described, url: route.url };
};

function descriptionOf(schema: z.ZodType | undefined): string {
  return (schema && z.globalRegistry.get(schema)?.description) ?? 'The answer.';
}

/** The schema of a route, after zod's schemas were converted to JSON Schema. */
interface Described {
  body?: object;
  querystring?: { properties: Record<string, object> };
  response: Record<string, object>;
}

const transformObject: SwaggerTransformObject = (document) =>
  referencedOnly(createJsonSchemaTransformObject({ zodToJsonConfig })(document));

/**
 * Lets routes of an application be described by zod schemas, and serves the OpenAPI document with all of them. It must be called
 * before the routes.
 * @param basePath the path below which browsers see the collector
 */
export async function addOpenapi(api: FastifyInstance, basePath: string): Promise<void> {
  await api.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.1',
      info: {
        title: 'kmq',
        version: VERSION,
        description: 'Reads what the collector has stored. All times are Unix seconds, UTC.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: basePath || '/' }],
      tags: [
        { name: 'people', description: 'Who somebody is, and what they did.' },
        { name: 'hits', description: 'What was sent.' },
        { name: 'reports', description: 'Counts of merged people.' },
        { name: 'collector' },
      ],
      components: {
        securitySchemes: {
          token: {
            type: 'http',
            scheme: 'bearer',
            description:
              'The token of the collector. A collector without a token answers only requests from its own machine.',
          },
        },
      },
      security: [{ token: [] }],
    },
    transform,
    transformObject,
  });
  const document = z.looseObject({ openapi: z.string() });
  const schema = described({ tags: ['collector'], summary: 'This document.', answers: { 200: document } });
  api.get('/api/v1/openapi.json', { schema }, () => api.swagger());
}
