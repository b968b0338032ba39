import { Readable } from 'node:stream';
import type { ZodTypeProvider } from '@fastify/type-provider-zod';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ReportKind, ReportProblem } from '../../protocol/reports.js';
import { csvName, csvOf, csvOfSeveral } from '../reports/sheets/csv.js';
import { readQuestion, readQuestions } from '../reports/questions/read.js';
import { REPORTS } from '../reports/questions/kinds.js';
import { badQuestion, NoReport } from '../reports/no-report.js';
import type { ReportEngine } from '../reports/report-engine.js';
import { described } from './openapi.js';
import { key } from './parameters.js';
import { named, reportProblem } from './schemas.js';

export interface ReportsApi {
  engine: ReportEngine;
  /** The keys whose hits are accepted; null: every key. */
  keys: readonly string[] | null;
}

/** The largest question in bytes. Every question within the other limits is smaller. */
const QUESTION_BYTES = 2 * 1024 * 1024;

const SUMMARIES: Record<ReportKind, string> = {
  trend: 'How many people did an event, how often, or the sum or average of a property, over time.',
  funnel: 'How many people went from step to step.',
  people: 'The people for whom a condition is true.',
  breakdown: 'The values of a property.',
  names: 'The names of events and properties.',
  overview: 'Visits, people, and where they came from.',
};

/** After an answer that says that reports are not ready, when to ask again: progress changes about once a second. */
const RETRY_SECONDS = 1;

const TYPES = { json: 'application/json; charset=utf-8', csv: 'text/csv; charset=utf-8' };

const UNKNOWN_KEY: ReportProblem = {
  error: 'This collector accepts no hits of a site with this key.',
  code: 'unknown_key',
  member: 'key',
};
const UNKNOWN_REPORT: ReportProblem = {
  error: `There is no such report: the kinds are ${Object.keys(REPORTS).join(', ')}.`,
  code: 'unknown_report',
  member: '',
};

const posted = z.object({ key, format: z.enum(['json', 'csv']).default('json').describe('The format of the answer.') });
const addressed = posted.extend({
  q: z.string().default('{}').describe('The question, JSON; for CSV also a list of up to three.'),
});

type Asked = z.output<typeof addressed>;

/** Reports, `/api/v1/reports/KIND`. The question is in the URL, or in the body if it is too long for a URL. */
export async function registerReports(app: FastifyInstance, { engine, keys }: ReportsApi): Promise<void> {
  const answer = async (
    kind: ReportKind,
    { key, q, format }: Asked,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> => {
    if (keys && !keys.includes(key)) throw new NoReport(404, UNKNOWN_KEY);
    const read = format === 'csv' ? readQuestions(kind, q) : asList(readQuestion(kind, q));
    if ('bad' in read) throw badQuestion(read.bad);
    const { questions } = read;
    const question = questions[0]!;
    const gone = goneSignal(reply);
    const ask = (each: unknown): Promise<Uint8Array> => engine.ask(kind, key, each, gone);
    try {
      // For a HEAD request no report is calculated.
      const incomplete = request.method === 'HEAD' && engine.whyIncomplete?.();
      if (incomplete) throw incomplete;
      const body =
        request.method === 'HEAD'
          ? ''
          : format === 'json'
            ? await ask(question)
            : questions.length > 1
              ? await csvOfSeveral(kind, questions, ask)
              : await csvOf(kind, question, ask);
      if (format === 'csv')
        void reply.header('Content-Disposition', `attachment; filename="${csvName(kind, question)}"`);
      return await reply.type(TYPES[format]).send(Symbol.asyncIterator in Object(body) ? Readable.from(body) : body);
    } catch (error) {
      // The client has gone, so nothing is answered.
      if (gone.aborted) return reply.hijack();
      throw error;
    }
  };

  await app.register(async (scope) => {
    const api = scope.withTypeProvider<ZodTypeProvider>();
    // A body is a question, and is parsed like one in the URL.
    api.removeAllContentTypeParsers();
    api.addContentTypeParser(
      '*',
      { parseAs: 'string', bodyLimit: QUESTION_BYTES },
      async (_request: unknown, body: string) => body,
    );
    api.setErrorHandler<FastifyError>(answerProblem);

    for (const kind of Object.keys(REPORTS) as ReportKind[]) {
      const { question, answer: answered } = REPORTS[kind];
      const description = {
        tags: ['reports'] as ['reports'],
        summary: SUMMARIES[kind],
        question: inDocument(kind, 'Question', question),
        answers: { 200: inDocument(kind, 'Answer', answered) },
        others: { 'text/csv': z.string() },
        problem: reportProblem,
      };
      const address = `/api/v1/reports/${kind}`;
      api.get(address, { schema: described({ ...description, querystring: addressed }) }, (request, reply) =>
        answer(kind, request.query, request, reply),
      );
      api.post(address, { schema: described({ ...description, querystring: posted }) }, (request, reply) =>
        answer(kind, { ...request.query, q: typeof request.body === 'string' ? request.body : '' }, request, reply),
      );
    }
    api.route({
      method: ['GET', 'POST'],
      url: '/api/v1/reports/:kind',
      handler: () => {
        throw new NoReport(404, UNKNOWN_REPORT);
      },
    });
  });
}

const asList = <Q, B>(read: { question: Q } | { bad: B }): { questions: Q[] } | { bad: B } =>
  'bad' in read ? read : { questions: [read.question] };

/** A signal that is aborted when the client closes the connection before the answer. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => reply.raw.writableFinished || gone.abort());
  return gone.signal;
}

function answerProblem(error: FastifyError | NoReport, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = error.statusCode ?? 500;
  if (status >= 500 && !(error instanceof NoReport)) request.log.error(error);
  if (status === 503) void reply.header('Retry-After', RETRY_SECONDS);
  return reply.code(status).send(problemOf(error, status));
}

function problemOf(error: FastifyError | NoReport, status: number): ReportProblem {
  if (error instanceof NoReport) {
    const { message, code, member, progress } = error;
    return { error: message, code, member, ...(progress !== undefined && { progress }) };
  }
  if (status === 503) return { error: error.message, code: 'unavailable', member: '' };
  if (status >= 500) return { error: 'Something went wrong; the log says what.', code: 'failed', member: '' };
  if (status === 413)
    return { error: `The question is too long: ${QUESTION_BYTES} bytes at most.`, code: 'too_large', member: '' };
  const { member = '' } = error as { member?: string };
  return { error: error.message, code: 'bad_request', member };
}

/** A schema with a name in the document, such as `TrendQuestion`, and a description. */
function inDocument<S extends z.ZodType>(kind: ReportKind, what: 'Question' | 'Answer', schema: S): S {
  return named(kind[0]!.toUpperCase() + kind.slice(1) + what, schema);
}
