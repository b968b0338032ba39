import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import { destination, pino, stdTimeFunctions } from 'pino';

export type Log = FastifyBaseLogger;

/**
 * The log: JSON lines to standard error, which leaves standard output to what a command prints, times in ISO 8601.
 * No line may hold an identity, an address, a token or a query string: of a request it says the
 * method and the route's pattern, nothing else.
 * @param level the least that is logged: a level of pino's, or `silent`
 */
export function createLog(level: string): Log {
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: {
      req: ({ method, routeOptions }: FastifyRequest) => ({ method, route: routeOptions?.url }),
      res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
    },
  };
  // Written before the call returns: the last line of a process that dies is the most important one.
  const out = destination({ dest: 2, sync: true, maxLength: MOST_HELD_CHARACTERS });
  // A log that cannot be written, on a full disk or into a pipe that nobody reads, ends no collector. Lines are kept until
  // they can be written, as many as fit.
  out.on('error', () => undefined);
  return pino(options, out);
}

/** Of lines that cannot be written, for now or for good. */
const MOST_HELD_CHARACTERS = 1024 * 1024;

/**
 * Keeps a frequent event from filling the log: the first one is logged at once, and those of the following interval as one line with their
 * number.
 * @param interval in milliseconds
 */
export function throttled<T>(interval: number, write: (latest: T, count: number) => void): (latest: T) => void {
  let count = 0;
  let latest: T;
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    timer = undefined;
    if (!count) return;
    write(latest, count);
    count = 0;
    timer = setTimeout(flush, interval).unref();
  };
  return (value) => {
    latest = value;
    count += 1;
    if (!timer) flush();
  };
}
