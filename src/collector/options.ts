import type { TlsFiles } from './http/tls.js';
import type { Config } from './sites/config.js';

/** The options of a collector. */
export interface CollectorOptions {
  /** Folder of the embedded store; with ClickHouse, folder of the spool. */
  data: string;
  /** `clickhouse://user:password@host:8123[,host2:8123]/database[?cluster=NAME&tls=1]`; absent: the embedded store. */
  store?: string;
  /** `full` (default): a sync with each group commit; `fast`: a sync after some thousands of hits, for which no answer waits. */
  durability?: 'full' | 'fast' | undefined;
  /** The keys whose hits are accepted; empty or absent: every key. */
  keys?: string[];
  /** The settings of the sites; absent: all sites have the defaults. */
  config?: Config;
  /** The path below which a proxy serves the collector, such as `/stats`; empty or absent: the collector has the whole host. */
  basePath?: string;
  /** The URL at which browsers reach the collector, with its path. If given, it is part of each tracker that is served. */
  publicUrl?: string;
  /**
   * The secret for the pages and the read API, 16 ASCII characters or more. Absent: they answer only requests from this machine.
   */
  token?: string;
  /** Addresses and CIDR ranges of proxies, or `loopback`, `linklocal`, `uniquelocal`, whose `X-Forwarded-*` headers are trusted. */
  trustedProxies?: string[];
  /** PEM files for TLS by the collector itself; loaded again when they change, and on SIGHUP. */
  tls?: TlsFiles;
  /** The most hits a second from one client address; 1,000 by default; 0: no limit. More are answered with 429. */
  addressRate?: number;
  /** The most hits a second for one key; no limit by default. */
  keyRate?: number;
  /**
   * MiB of memory for the process of reports; absent: a quarter of the machine's memory, at least 512. With ClickHouse: for each
   * question; absent: as ClickHouse is configured.
   */
  reportMemory?: number;
  /** Threads of reports; absent: all cores but one, or as ClickHouse is configured. */
  reportThreads?: number;
  /** Seconds that a report may take, 30 by default. */
  reportSeconds?: number;
  /** Serves the demo shop at `/demo/`. */
  demo?: boolean;
  /**
   * `empty`: if no hit of any site is stored yet, made-up visitors of the demo shop are stored in the background. Absent: never.
   */
  demoData?: 'empty' | 'never';
  /** The lowest level that is logged to standard error: a level of pino, or `silent`; `warn` by default. */
  logLevel?: string;
}
