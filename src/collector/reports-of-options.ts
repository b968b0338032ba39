import { availableParallelism, totalmem } from 'node:os';
import type { CollectorOptions } from './options.js';
import { ClickHouseReports } from './reports/on-clickhouse/reports.js';
import { EmbeddedReports } from './reports/embedded-reports.js';
import type { DatabaseLimits } from './reports/engine/database.js';
import type { ReportsOptions } from './reports/reports-process.js';
import type { AllSettings, SiteSettings } from './reports/site-settings.js';
import { DEFAULT_SITE, type Config, type SiteConfig } from './sites/config.js';
import type { Log } from './watch/log.js';

const MEBIBYTE = 1024 * 1024;
const DAY_SECONDS = 86_400;
/** The least memory, in MiB, with which DuckDB works. */
const LEAST_REPORT_MEMORY = 512;
const TIME_LIMIT_SECONDS = 30;

type ReportOptions = Pick<CollectorOptions, 'data' | 'store' | 'reportMemory' | 'reportThreads' | 'reportSeconds'>;

/** The reports of the embedded store; undefined if the options name another store. */
export function reportsOfOptions(
  options: ReportOptions,
  config: Config,
  log: Pick<Log, 'warn'>,
  more: Pick<ReportsOptions, 'onAsked' | 'keepsOtherSettings' | 'expired'>,
): EmbeddedReports | undefined {
  if (options.store !== undefined) return undefined;
  const { reportSeconds = TIME_LIMIT_SECONDS } = options;
  return new EmbeddedReports({
    folder: options.data,
    limits: reportLimits(options),
    timeLimit: reportSeconds,
    settings: settingsOf(config),
    onNotice: (sentence) => log.warn(sentence),
    ...more,
  });
}

/** The reports of the ClickHouse that the options name; undefined for the embedded store. @throws Error for an invalid URL */
export function clickHouseReportsOfOptions(
  { store, reportMemory, reportThreads, reportSeconds = TIME_LIMIT_SECONDS }: ReportOptions,
  config: Config,
): ClickHouseReports | undefined {
  if (store === undefined) return undefined;
  return new ClickHouseReports({
    url: store,
    limits: { memory: reportMemory, threads: reportThreads },
    timeLimit: reportSeconds,
    settings: settingsOf(config),
  });
}

/** The memory and threads for reports: for the engine, or for a command that works on a snapshot. */
export function reportLimits({
  reportMemory,
  reportThreads,
}: Pick<CollectorOptions, 'reportMemory' | 'reportThreads'>): DatabaseLimits {
  return {
    memory: reportMemory ?? Math.max(LEAST_REPORT_MEMORY, Math.floor(machineMemory() / 4 / MEBIBYTE)),
    threads: reportThreads ?? Math.max(1, availableParallelism() - 1),
  };
}

/** The memory limit of the container (its control group), else the machine's memory, in bytes. */
function machineMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

function settingsOf(config: Config): AllSettings {
  const own = ({ counting, timeZone, domains }: SiteConfig): SiteSettings => ({ counting, timeZone, domains });
  const sites = Object.entries(config.sites).map(([key, site]) => [key, own(site)] as const);
  return { sites: Object.fromEntries(sites), others: own(DEFAULT_SITE) };
}

/** For each site with a retention, the time before which its hits have expired, Unix seconds. @param now the time by which they are removed */
export function expiredIn({ sites }: Config, now: number): Record<string, number> {
  return Object.fromEntries(
    Object.entries(sites).flatMap(([key, { retention }]) =>
      retention === undefined ? [] : [[key, now - retention * DAY_SECONDS]],
    ),
  );
}
