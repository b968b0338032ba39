import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import { pino, stdTimeFunctions, type Logger } from 'pino';
import { logOutput } from './log-output.js';

export type Log = FastifyBaseLogger;

/** The log of this process. All loggers are its children: only one part of the process buffers lines for standard error. */
let root: Log | undefined;

/**
 * The log: JSON lines on standard error, with times in ISO 8601. Standard output is for what a command prints.
 * No line may contain an identity, an address, a token or a query string: about a request, only the
 * method and the route's pattern are logged.
 * @param level the lowest level that is logged: a level of pino, or `silent`
 */
export function createLog(level: string): Log {
  root ??= openLog();
  return root.child({}, { level });
}

function openLog(): Log {
  const options = {
    base: { pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: {
      req: ({ method, routeOptions }: FastifyRequest) => ({ method, route: routeOptions?.url }),
      res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
    },
  };
  const log: Logger = pino(
    options,
    logOutput((lines) => log.error(`${lines} lines of the log were lost: they could not be written`)),
  );
  return log;
}

/** The message for a commit that failed: it also says whether hits are lost. */
export const COMMIT_FAILED = 'a commit failed: hits that are not stored are answered with 503, and trackers keep them';

/** A message that could be logged for every hit is logged at most this often. */
const REPEAT_MS = 60_000;

/**
 * Prevents that a frequent event fills the log: the first one is logged at once, and those of the following minute in one line
 * with their number.
 */
export function throttled<T>(write: (latest: T, count: number) => void): (latest: T) => void {
  let count = 0;
  let latest: T;
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    timer = undefined;
    if (!count) return;
    write(latest, count);
    count = 0;
    timer = setTimeout(flush, REPEAT_MS).unref();
  };
  return (value) => {
    latest = value;
    count += 1;
    if (!timer) flush();
  };
}

/** So many kinds of errors are logged apart. All others count as one more kind. */
const MOST_KINDS = 100;
/** So many characters of a message say of which kind an error is: ClickHouse quotes statements, which may be very long. */
const KIND_CHARACTERS = 200;

/**
 * Logs the errors of work that begins again by itself, such as that of a timer or of a page that reconnects: it may fail at each try, for
 * as long as the disk does. Each kind of error is throttled by itself, so that none hides another. Errors are of one kind if their
 * messages begin in the same way but for numbers and ids.
 */
export function throttledErrors(log: Log): (error: unknown) => void {
  const kinds = new Map<string, (error: unknown) => void>();
  return (error) => {
    const kind = messageOf(error)
      .slice(0, KIND_CHARACTERS)
      .replace(/\w*\d\w*/g, '#');
    const known = kinds.has(kind) || kinds.size < MOST_KINDS ? kind : '';
    const write =
      kinds.get(known) ?? throttled((latest, times) => log.error({ err: latest, times }, messageOf(latest)));
    kinds.set(known, write);
    write(error);
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
