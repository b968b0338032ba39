import { z } from 'zod';
import type {
  About,
  DemoData,
  Erased,
  LiveHit,
  LiveRefusal,
  LiveSkipped,
  People,
  Person,
  PersonSummary,
  Problem,
} from '../../protocol/api.js';
import type { ReportProblem } from '../../protocol/reports.js';

/*
 * The shapes of `protocol/api.ts` as components of the OpenAPI document. Answers are not checked against them when they are sent;
 * the tests check answers.
 */

/** A schema with a name. The document contains it once, and refers to it by the name. */
export function named<S extends z.ZodType>(id: string, schema: S, description?: string): S {
  z.globalRegistry.add(schema, {
    ...z.globalRegistry.get(schema),
    id,
    ...(description !== undefined && { description }),
  });
  return schema;
}

const seconds = z.int().describe('Unix seconds, UTC.');
const texts = z.record(z.string(), z.string());
const identities = z.array(z.string()).describe('Every identity of the person, the oldest first.');
const customerIds = z.array(z.string()).describe('The identities with which an event or a property has arrived.');

export const problem = named(
  'Problem',
  z.object({
    error: z.string().describe('What is wrong, a sentence.'),
    code: z.literal('bad_request').exactOptional().describe('Present if a parameter of the URL is wrong.'),
    member: z.string().exactOptional().describe('The name of that parameter.'),
  }),
  'Why there is no answer.',
) satisfies z.ZodType<Problem>;

export const reportProblem = named(
  'ReportProblem',
  problem.extend({
    code: z.enum([
      ...[
        'not_json',
        'missing_member',
        'unknown_member',
        'bad_value',
        'too_large',
        'too_small',
        'too_many',
        'too_deep',
      ],
      ...[
        'bad_request',
        'unknown_report',
        'unknown_key',
        'no_reports',
        'building',
        'unavailable',
        'too_slow',
        'failed',
      ],
    ] as const satisfies ReportProblem['code'][]),
    member: z
      .string()
      .describe('The member of the question, or the parameter, that is wrong, such as `steps[3].event`; or empty.'),
    progress: z
      .number()
      .min(0)
      .max(1)
      .exactOptional()
      .describe('While reports are being built: the share of the hits that they include.'),
  }),
  'Why there is no report.',
) satisfies z.ZodType<ReportProblem>;

export const about = named(
  'About',
  z.object({
    version: z.string(),
    keys: z.array(z.string()).readonly().nullable().describe('The keys whose hits are accepted; null: any.'),
    demo: z.boolean().describe('Whether the demo shop is served.'),
    loader: z.string().describe('The loader, with KMQ_ORIGIN and KMQ_KEY in the places of the collector and the key.'),
    timeZone: z
      .string()
      .exactOptional()
      .describe('The time zone of the days in reports of the site, an IANA name; absent without `key`.'),
    retention: z
      .number()
      .exactOptional()
      .describe('After so many days the hits of the site are removed; absent if they are kept, and without `key`.'),
  }),
  'Facts about the collector.',
) satisfies z.ZodType<About>;

export const demoData = named(
  'DemoData',
  z.object({
    state: z
      .enum(['none', 'making', 'made', 'failed'])
      .describe('`failed`: the log says why; the next attempt continues after the hits that are stored.'),
    progress: z.number().min(0).max(1).describe('The share of the visitors that is stored.'),
  }),
  "The demo shop's made-up visitors.",
) satisfies z.ZodType<DemoData>;

export const person = named(
  'Person',
  z.object({
    identities,
    customerIds,
    properties: z
      .record(z.string(), z.array(z.object({ value: z.string(), time: seconds })))
      .describe('The history of each property, the oldest value first: the last value is the current one.'),
    events: z.array(z.object({ name: z.string(), time: seconds, properties: texts })).describe('Oldest first.'),
    visits: z
      .array(z.object({ from: seconds, to: seconds }))
      .describe('Visits, of hits that browsers sent, each from its first hit to its last; the oldest first.'),
    bot: z.literal(true).exactOptional().describe('Known bots have sent all hits of this person.'),
    partial: z.literal(true).exactOptional().describe('There are older hits, which this answer does not contain.'),
  }),
  'A merged person.',
) satisfies z.ZodType<Person>;

export const erased = named(
  'Erased',
  z.object({
    identities,
    hits: z.int().describe('How many hits were removed so far.'),
    refusals: z
      .int()
      .exactOptional()
      .describe('How many refused requests were removed, if only these named the person. Then `identities` is empty.'),
    pending: z
      .array(z.enum(['refusals', 'hits', 'log', 'reports']))
      .exactOptional()
      .describe('The work that is left, if there is any; the collector finishes it by itself.'),
  }),
  'What was removed when a person was erased.',
) satisfies z.ZodType<Erased>;

const summary = z.object({
  identities: z.array(z.string()).describe('The oldest first; if there are very many, only the latest.'),
  customerIds,
  moreIdentities: z.int().exactOptional().describe('How many identities are not listed, if any.'),
  lastSeen: seconds.nullable().describe('When the latest hit happened; null while there are only aliases.'),
}) satisfies z.ZodType<PersonSummary>;

export const people = named(
  'People',
  z.object({ people: z.array(summary) }),
  'The people who were seen last come first.',
) satisfies z.ZodType<People>;

/** A line of the raw export: `protocol/raw-format.ts`. */
export const exportedHit = named(
  'ExportedHit',
  z
    .object({
      _p: z.string().describe('The identity as it was sent.'),
      _t: seconds,
      _n: z.string().exactOptional().describe('Of an event: its name.'),
      _p2: z.string().exactOptional().describe('Of an alias: the other identity.'),
      _i: z.string().exactOptional().describe('The id of the hit.'),
    })
    .catchall(z.string()),
  'A stored hit; all other members are its properties.',
);

const liveHit = named(
  'LiveHit',
  z.object({
    kind: z.enum(['event', 'properties', 'alias']),
    id: z.string().nullable().describe('`_i` as it was sent.'),
    person: z.string().describe('The identity as it was sent.'),
    name: z
      .string()
      .nullable()
      .describe('The name of the event; of an alias the other identity; null if only properties were set.'),
    time: seconds,
    received: seconds,
    properties: texts,
    moreProperties: z.int().exactOptional().describe('How many properties are not shown, if any.'),
    warnings: z.array(z.string()).describe('What the owner of the site is warned of in this hit, in sentences.'),
    warningCodes: z.array(z.string().nullable()).describe('The code of each warning, or null.'),
    duplicate: z.boolean().describe('Stored, but not counted, by the setting `counting` of the site.'),
  }),
  '`data` of `event: hit`.',
) satisfies z.ZodType<LiveHit>;

const liveRefusal = named(
  'LiveRefusal',
  z.object({
    received: seconds,
    reason: z.string().describe('Why it was refused, a sentence.'),
    code: z.string().nullable(),
    advice: z.string().nullable().describe('What the owner of the site can do, in sentences.'),
    request: z.string().describe('The request as it arrived, path and query, cut at 2,048 characters.'),
  }),
  '`data` of `event: refused`.',
) satisfies z.ZodType<LiveRefusal>;

const liveSkipped = named(
  'LiveSkipped',
  z.object({
    count: z
      .int()
      .describe(
        'How many hits are not shown, and how many of the latest 100 refused requests did not fit beside the hits, up to 100,000 ' +
          'together. Refused requests before these 100 are neither shown nor counted.',
      ),
    more: z.boolean().exactOptional().describe('Whether there were more than `count`.'),
  }),
  '`data` of `event: skipped`: more arrived at once than the stream shows.',
) satisfies z.ZodType<LiveSkipped>;

/** The data of the stream's events. OpenAPI 3.1 cannot describe a stream of events, so its description names them. */
export const liveData = z.union([liveHit, liveRefusal, liveSkipped]);
