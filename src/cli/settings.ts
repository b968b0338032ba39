import { TOKEN } from '../collector/access/token.js';
import { compile } from '@fastify/proxy-addr';
import { z } from 'zod';

/** One setting of `kmq serve`, under all the names that it has. */
export interface Setting {
  /** In the file's `server`; the flag and the variable are made of it, see `flagOf` and `variableOf`. */
  name: string;
  /** What the flag takes, as the help shows it; absent: the flag takes nothing. */
  takes?: string;
  kind: 'text' | 'number' | 'list' | 'switch';
  schema: z.ZodType;
  /** Absent where there is no value unless one is given; then `otherwise` says what that means. */
  fallback?: string | number | boolean | readonly string[];
  otherwise?: string;
  /** Whether it may stand in the file. */
  inFile: boolean;
  secret?: boolean;
  /** A line for the help and for docs/running.md. */
  help: string;
}

const whole = (from: number, to: number): z.ZodType => {
  const error = `is a whole number from ${from} to ${to}`;
  return z.int({ error }).min(from, { error }).max(to, { error });
};
const rate = z.number({ error: 'is a number, 0 for no limit' }).min(0, { error: 'is a number, 0 for no limit' });
const text = z.string({ error: 'is a text' }).min(1, { error: 'is empty' });
const oneOf = (...values: string[]): z.ZodType => z.enum(values, { error: `is one of ${values.join(', ')}` });

/** What a header can carry (RFC 9110, section 5.6.2, and RFC 6750, section 2.1), and not guessed in an afternoon. */
const token = z
  .string({ error: 'is a text' })
  .regex(TOKEN, { error: 'is 16 or more letters, digits and signs without spaces, all of ASCII' });

const database = text.regex(/^clickhouse:\/\/[^/\s]+\/\S+$/, {
  error: 'is an address such as clickhouse://user:password@host:8123/database',
});

/** Unreserved characters alone (RFC 3986, section 2.3): they are the same in an address, in a page and in a proxy's file. */
const basePath = z
  .string({ error: 'is a text' })
  .regex(/^(\/[\w.~-]+)*\/?$/, { error: 'is a path such as /stats, of letters, digits and -._~' })
  .refine((path) => !/\/\.{1,2}(\/|$)/.test(path), { error: 'has . or .. in it' })
  .refine((path) => !/^\/(api|dashboard|demo)(\/|$)/.test(path), {
    error: 'is a path of the collector itself; /api, /dashboard and /demo are',
  })
  .transform((path) => path.replace(/\/$/, ''));

/** Without a slash at its end, and without all that is no address of a folder. */
const publicUrl = z
  .string({ error: 'is a text' })
  .refine(isFolder, { error: 'is an address such as https://stats.example.com or https://www.example.com/stats' })
  .transform((address) => new URL(address).href.replace(/\/$/, ''));

const proxy = text.refine(isProxy, { error: 'is an address, a range such as 10.0.0.0/8, or loopback' });

/** IPv6 in the brackets that it has in addresses of pages, too. */
const host = text.transform((address) => address.replace(/^\[([\da-f:.]*:[\da-f:.]*(%.+)?)\]$/i, '$1'));

/** Every setting of the process. Flags, variables, the file's `server`, the help and docs/running.md come from here. */
export const SETTINGS = [
  {
    name: 'host',
    takes: '<address>',
    kind: 'text',
    schema: host,
    fallback: '127.0.0.1',
    inFile: true,
    help: 'address to listen on',
  },
  {
    name: 'port',
    takes: '<number>',
    kind: 'number',
    schema: whole(0, 65_535),
    fallback: 8484,
    inFile: true,
    help: 'port to listen on; 0 for any free one',
  },
  {
    name: 'httpPort',
    takes: '<number>',
    kind: 'number',
    schema: whole(0, 65_535),
    otherwise: 'none',
    inFile: true,
    help: 'port that takes hits in clear text, beside TLS',
  },
  {
    name: 'data',
    takes: '<folder>',
    kind: 'text',
    schema: text,
    fallback: 'data',
    inFile: true,
    help: 'folder of the embedded store, and of what a distributed one has not taken yet',
  },
  {
    name: 'store',
    takes: '<url>',
    kind: 'text',
    schema: database,
    otherwise: 'embedded',
    inFile: true,
    secret: true,
    help: 'where hits are kept: clickhouse://user:password@host:8123/database',
  },
  {
    name: 'durability',
    takes: '<level>',
    kind: 'text',
    schema: oneOf('full', 'fast'),
    fallback: 'full',
    inFile: true,
    help: 'full: an acknowledged hit survives a loss of power; fast: only the end of the process',
  },
  {
    name: 'processes',
    takes: '<number>',
    kind: 'number',
    schema: whole(1, 128),
    fallback: 1,
    inFile: true,
    help: 'processes that answer requests',
  },
  {
    name: 'token',
    takes: '<text>',
    kind: 'text',
    schema: token,
    otherwise: 'made where others can reach the pages',
    inFile: true,
    secret: true,
    help: 'what the pages and the read API ask for',
  },
  {
    name: 'tokenFile',
    takes: '<file>',
    kind: 'text',
    schema: text,
    otherwise: 'none',
    inFile: true,
    help: 'file that holds the token alone',
  },
  {
    name: 'tlsCert',
    takes: '<file>',
    kind: 'text',
    schema: text,
    otherwise: 'plain HTTP',
    inFile: true,
    help: 'certificate and its chain, PEM',
  },
  {
    name: 'tlsKey',
    takes: '<file>',
    kind: 'text',
    schema: text,
    otherwise: 'plain HTTP',
    inFile: true,
    help: 'private key of the certificate, PEM',
  },
  {
    name: 'trustProxy',
    takes: '<address...>',
    kind: 'list',
    schema: z.array(proxy, { error: 'is a list of addresses' }),
    fallback: [],
    otherwise: 'none',
    inFile: true,
    help: 'addresses or ranges of proxies whose X-Forwarded-* count; loopback for those on this machine',
  },
  {
    name: 'basePath',
    takes: '<path>',
    kind: 'text',
    schema: basePath,
    otherwise: 'none',
    inFile: true,
    help: 'path of the host below which a proxy serves the collector, such as /stats',
  },
  {
    name: 'publicUrl',
    takes: '<url>',
    kind: 'text',
    schema: publicUrl,
    otherwise: 'none',
    inFile: true,
    help: 'address at which browsers reach the collector: then copies of its tracker send there',
  },
  {
    name: 'addressRate',
    takes: '<number>',
    kind: 'number',
    schema: rate,
    fallback: 1000,
    inFile: true,
    help: 'hits a second from one client address; 0 for no limit',
  },
  {
    name: 'keyRate',
    takes: '<number>',
    kind: 'number',
    schema: rate,
    fallback: 0,
    inFile: true,
    help: 'hits a second of one key; 0 for no limit',
  },
  {
    name: 'reportMemory',
    takes: '<MiB>',
    kind: 'number',
    schema: whole(512, 1_048_576),
    otherwise: 'a quarter of the machine, 512 at least',
    inFile: true,
    help: 'memory that the process of reports may take',
  },
  {
    name: 'reportThreads',
    takes: '<number>',
    kind: 'number',
    schema: whole(1, 256),
    otherwise: 'all cores but one',
    inFile: true,
    help: 'threads that reports are counted with',
  },
  {
    name: 'reportSeconds',
    takes: '<number>',
    kind: 'number',
    schema: whole(1, 3600),
    fallback: 30,
    inFile: true,
    help: 'seconds that a report may take',
  },
  {
    name: 'key',
    takes: '<key...>',
    kind: 'list',
    schema: z.array(text, { error: 'is a list of keys' }),
    fallback: [],
    otherwise: 'any',
    inFile: true,
    help: 'take only hits of these sites',
  },
  {
    name: 'config',
    takes: '<file>',
    kind: 'text',
    schema: text,
    otherwise: 'kmq.config.json, where there is one',
    inFile: false,
    help: 'the file with these settings and those of the sites',
  },
  {
    name: 'demo',
    kind: 'switch',
    schema: z.boolean({ error: 'is true or false' }),
    fallback: false,
    inFile: true,
    help: 'serve the demo shop, too',
  },
  {
    name: 'demoData',
    takes: '<when>',
    kind: 'text',
    schema: oneOf('empty', 'never'),
    fallback: 'empty',
    inFile: true,
    help: 'with --demo: whether a store without hits gets made-up visitors, or never does',
  },
  {
    name: 'logLevel',
    takes: '<level>',
    kind: 'text',
    schema: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    otherwise: 'info; warn on a terminal',
    inFile: true,
    help: 'the least that is logged: trace, debug, info, warn, error, fatal or silent',
  },
] as const satisfies readonly Setting[];

export const flagOf = ({ name }: Setting): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

export const variableOf = ({ name }: Setting): string =>
  `KMQ_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/** The default as a person reads it. */
export const defaultOf = ({ fallback, otherwise }: Setting): string => otherwise ?? String(fallback);

/** The file's `server`: every member may be left out, none may be unknown. */
export const ServerSettings = z.strictObject(
  Object.fromEntries(SETTINGS.filter(({ inFile }) => inFile).map(({ name, schema }) => [name, schema.optional()])),
);

function isFolder(address: string): boolean {
  return /^https?:\/\/[^\s?#@\\]+$/i.test(address) && URL.canParse(address);
}

function isProxy(address: string): boolean {
  try {
    return Boolean(compile(address));
  } catch {
    return false;
  }
}
