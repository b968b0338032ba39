import { z } from 'zod';
import type { Settings } from './resolve.js';
import {
  basePath,
  database,
  host,
  oneOf,
  proxy,
  publicUrl,
  rate,
  siteKey,
  text,
  token,
  whole,
} from './setting-values.js';

/** One setting of `kmq serve`. */
export interface Setting {
  /** The name in `server` of the file. Flag and variable are made from it, see `flagOf` and `variableOf`. */
  name: keyof Settings;
  /** The flag's value, as the help shows it. Absent if the flag has none. */
  takes?: string;
  kind: 'text' | 'number' | 'list' | 'switch';
  schema: z.ZodType;
  /** The default value. If it is absent or an empty list, `otherwise` says what that means. */
  fallback?: string | number | boolean | readonly string[];
  otherwise?: string;
  /** Whether the file may contain it. */
  inFile: boolean;
  secret?: boolean;
  /** A line for the help and for docs/running.md. */
  help: string;
}

/** Every setting of the process. Flags, variables, `server` in the file, the help and docs/running.md come from this table. */
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
    help: 'additional port that accepts hits without TLS',
  },
  {
    name: 'data',
    takes: '<folder>',
    kind: 'text',
    schema: text,
    fallback: 'data',
    inFile: true,
    help: 'folder of the embedded store; with --store, folder of the hits that are not in ClickHouse yet',
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
    help: 'full: an acknowledged hit survives a power failure; fast: it survives a crash of kmq, but not a power failure',
  },
  {
    name: 'processes',
    takes: '<number>',
    kind: 'number',
    schema: whole(1, 128),
    fallback: 1,
    inFile: true,
    help: 'number of processes that answer requests; with --store only 1',
  },
  {
    name: 'token',
    takes: '<text>',
    kind: 'text',
    schema: token,
    otherwise: 'made when other machines can reach the pages',
    inFile: true,
    secret: true,
    help: 'secret that the pages and the read API ask for',
  },
  {
    name: 'tokenFile',
    takes: '<file>',
    kind: 'text',
    schema: text,
    otherwise: 'none',
    inFile: true,
    help: 'file that contains the token and nothing else',
  },
  {
    name: 'tlsCert',
    takes: '<file>',
    kind: 'text',
    schema: text,
    otherwise: 'plain HTTP',
    inFile: true,
    help: 'certificate and its chain (PEM)',
  },
  {
    name: 'tlsKey',
    takes: '<file>',
    kind: 'text',
    schema: text,
    otherwise: 'plain HTTP',
    inFile: true,
    help: 'private key of the certificate (PEM)',
  },
  {
    name: 'trustProxy',
    takes: '<address...>',
    kind: 'list',
    schema: z.array(proxy, { error: 'must be a list of addresses' }),
    fallback: [],
    otherwise: 'none',
    inFile: true,
    help: 'IP addresses or ranges of proxies whose X-Forwarded-* headers are trusted; loopback for this machine, uniquelocal for private addresses',
  },
  {
    name: 'basePath',
    takes: '<path>',
    kind: 'text',
    schema: basePath,
    otherwise: 'none',
    inFile: true,
    help: 'path below which a proxy serves the collector, such as /stats',
  },
  {
    name: 'publicUrl',
    takes: '<url>',
    kind: 'text',
    schema: publicUrl,
    otherwise: 'none',
    inFile: true,
    help: 'URL at which browsers reach the collector; copies of its tracker send hits there',
  },
  {
    name: 'addressRate',
    takes: '<number>',
    kind: 'number',
    schema: rate,
    fallback: 1000,
    inFile: true,
    help: 'most hits a second from one client address; 0 for no limit',
  },
  {
    name: 'keyRate',
    takes: '<number>',
    kind: 'number',
    schema: rate,
    fallback: 0,
    inFile: true,
    help: 'most hits a second of one key; 0 for no limit',
  },
  {
    name: 'reportMemory',
    takes: '<MiB>',
    kind: 'number',
    schema: whole(512, 1_048_576),
    otherwise: 'a quarter of the machine’s memory, at least 512',
    inFile: true,
    help: 'most memory for the process of reports',
  },
  {
    name: 'reportThreads',
    takes: '<number>',
    kind: 'number',
    schema: whole(1, 256),
    otherwise: 'all cores but one',
    inFile: true,
    help: 'threads for the process of reports',
  },
  {
    name: 'reportSeconds',
    takes: '<number>',
    kind: 'number',
    schema: whole(1, 3600),
    fallback: 30,
    inFile: true,
    help: 'seconds after which a report is stopped',
  },
  {
    name: 'key',
    takes: '<key...>',
    kind: 'list',
    schema: z.array(siteKey, { error: 'must be a list of keys' }),
    fallback: [],
    otherwise: 'any',
    inFile: true,
    help: 'accept the hits of these sites only',
  },
  {
    name: 'config',
    takes: '<file>',
    kind: 'text',
    schema: text,
    otherwise: 'kmq.config.json, if it exists',
    inFile: false,
    help: 'file with these settings and the settings of the sites',
  },
  {
    name: 'demo',
    kind: 'switch',
    schema: z.boolean({ error: 'must be true or false' }),
    fallback: false,
    inFile: true,
    help: 'serve the demo shop as well',
  },
  {
    name: 'demoData',
    takes: '<when>',
    kind: 'text',
    schema: oneOf('empty', 'never'),
    fallback: 'empty',
    inFile: true,
    help: 'with --demo, when made-up visitors are stored: empty (if the embedded store has no hits) or never',
  },
  {
    name: 'logLevel',
    takes: '<level>',
    kind: 'text',
    schema: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    otherwise: 'info; warn on a terminal',
    inFile: true,
    help: 'lowest level that is logged: trace, debug, info, warn, error, fatal or silent',
  },
] as const satisfies readonly Setting[];

export const flagOf = ({ name }: Setting): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

export const variableOf = ({ name }: Setting): string =>
  `KMQ_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/** The default, for the help. */
export const defaultOf = ({ fallback, otherwise }: Setting): string => otherwise ?? String(fallback);

/** `server` in the file: every member is optional, and unknown members are refused. */
export const ServerSettings = z.strictObject(
  Object.fromEntries(SETTINGS.filter(({ inFile }) => inFile).map(({ name, schema }) => [name, schema.optional()])),
);
