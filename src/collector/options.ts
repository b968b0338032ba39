import type { TlsFiles } from './http/tls.js';
import type { Config } from './sites/config.js';

/** What an owner sets of a collector. */
export interface CollectorOptions {
  /** Folder of the embedded store, or of the spool of another one. */
  data: string;
  /** `clickhouse://user:password@host:8123[,host2:8123]/database[?cluster=NAME&tls=1]`; absent: the embedded store. */
  store?: string;
  /** `full` (default): a sync with each group commit; `fast`: the system decides when to write. */
  durability?: 'full' | 'fast' | undefined;
  /** The keys whose hits are taken; empty or absent: any. */
  keys?: string[];
  /** The settings of the sites; absent: all have the defaults. */
  config?: Config;
  /** The path below which a proxy serves the collector, `/stats`; empty or absent: the collector has the whole host. */
  basePath?: string;
  /** The collector's address as browsers reach it, path included; then each tracker carries it. */
  publicUrl?: string;
  /** Needed by the pages and the read API: 16 ASCII characters or more. Absent: they answer to this machine alone. */
  token?: string;
  /** Addresses and CIDR ranges, or `loopback`, `linklocal`, `uniquelocal`, whose `X-Forwarded-*` headers are believed. */
  trustedProxies?: string[];
  /** PEM files with which the collector speaks TLS itself; loaded again when they change, and on SIGHUP. */
  tls?: TlsFiles;
  /** Hits a second from one client address, 1,000 unless told; 0: no limit. More is answered with 429. */
  addressRate?: number;
  /** Hits a second for one key; 0, no limit, unless told. */
  keyRate?: number;
  /** MiB that the process of reports may take; absent: a quarter of the machine's, 512 at least. */
  reportMemory?: number;
  /** Threads of reports; absent: all cores but one. */
  reportThreads?: number;
  /** Seconds that a report may take, 30 unless told. */
  reportSeconds?: number;
  /** Serves the demo shop at `/demo/`. */
  demo?: boolean;
  /** `empty`: where no hit of any site is stored yet, the demo shop gets made-up visitors, in the background. Absent: never. */
  demoData?: 'empty' | 'never';
  /** The lowest level that is logged to standard error: a level of pino, or `silent`; `warn` by default. */
  logLevel?: string;
}
