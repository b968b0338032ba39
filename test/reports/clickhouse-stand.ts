import { beforeAll, beforeEach, expect, onTestFinished } from 'vitest';
import { ClickHouseReports } from '../../src/collector/reports/on-clickhouse/reports.js';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { Nodes } from '../../src/collector/store/clickhouse/nodes.js';
import { prepareTables } from '../../src/collector/store/clickhouse/migration.js';
import { ReportFiller, type FillerOptions } from '../../src/collector/store/clickhouse/report-filler.js';
import { ClickHouseStore } from '../../src/collector/store/clickhouse/store.js';
import { Tables } from '../../src/collector/store/clickhouse/tables.js';
import type { TrendAnswer } from '../../src/protocol/reports.js';
import { chdbOfTests } from '../support/chdb-of-tests.js';
import { newDatabase } from '../support/clickhouse.js';
import { KEY, temporaryFolder } from '../support/collector.js';
import { ALL, many } from './engine-stand.js';

// What tests of the reports in ClickHouse have in common.

/** The errors that the stores and fillers of a test file have reported. */
export const errors: unknown[] = [];

/** What these errors say. */
export const messages = (): string[] => errors.map((error) => (error as Error).message);

/** The notices of the stores of a test file. */
export const notices: string[] = [];

/** At the beginning of each test of the file, nothing has been reported. Call it at the top. */
export function forgetReported(): void {
  beforeEach(() => {
    errors.splice(0);
    notices.splice(0);
  });
}

/** A ClickHouse for the tests of a file, as above. Call it at the top. @returns makes the URL of a new database */
export function useClickHouse(): () => string {
  let server: string;
  beforeAll(async () => {
    server = await chdbOfTests();
  });
  forgetReported();
  return () => `${server}/${newDatabase()}`;
}

export async function collectorOn(url: string): Promise<ClickHouseStore> {
  const folder = await temporaryFolder();
  const onError = (error: unknown): void => void errors.push(error);
  const onNotice = (sentence: string): void => void notices.push(sentence);
  const store = new ClickHouseStore({ url, folder, counting: () => 'auto', reportIntervalMs: 20, onError, onNotice });
  // Some tests close it themselves.
  onTestFinished(() => store.close().catch(() => undefined));
  return store;
}

interface FillerOfTest extends Partial<FillerOptions> {
  /** Called before each statement. */
  before?: (statement: string) => Promise<void>;
  /** The time that the filler gets as the start of ClickHouse, instead of the real one. */
  started?: number;
}

/** The part of a collector that fills reports. */
export function fillerOn(url: string, { before, started, ...options }: FillerOfTest = {}): ReportFiller {
  const address = parseAddress(url);
  const tables = new Tables(address);
  class WatchedNodes extends Nodes {
    override async execute(statement: string, isOnce?: boolean): Promise<void> {
      await before?.(statement);
      return super.execute(statement, isOnce);
    }
    override rowsEverywhere<Row>(query: string): Promise<Row[][]> {
      if (started !== undefined && query.includes('uptime')) return Promise.resolve([[{ started } as Row]]);
      return super.rowsEverywhere(query);
    }
  }
  const nodes = new WatchedNodes(address);
  const onError = (error: unknown): void => void errors.push(error);
  const prepare = () => prepareTables(nodes, tables);
  const isBusy = (): boolean => false;
  const filler = new ReportFiller({ nodes, tables, filler: 1, prepare, isBusy, intervalMs: 20, onError, ...options });
  onTestFinished(async () => {
    await filler.close();
    await nodes.close();
  });
  return filler;
}

export function reportsOn(url: string): ClickHouseReports {
  const settings = { sites: {}, others: { timeZone: 'UTC', domains: [], counting: 'auto' as const } };
  const limits = { memory: undefined, threads: undefined };
  const reports = new ClickHouseReports({ url, limits, timeLimit: 60, settings });
  onTestFinished(() => reports.close());
  return reports;
}

export async function ask<A>(reports: ClickHouseReports, kind: 'trend' | 'people', question: object): Promise<A> {
  const answer = await reports.ask(kind, KEY, question, new AbortController().signal);
  return JSON.parse(Buffer.from(answer).toString()) as A;
}

/** How many people came, and how often. */
export async function counts(reports: ClickHouseReports): Promise<number[] | string> {
  const trend = (count: string) => ask<TrendAnswer>(reports, 'trend', { ...ALL, event: 'Came', count, by: 'month' });
  try {
    return [(await trend('people')).total!, (await trend('times')).total!];
  } catch (error) {
    return (error as Error).message;
  }
}

/** Stores the hits of five people, and waits until reports have them. @returns the URL */
export async function fillStore(url: string): Promise<string> {
  const [store, reports] = [await collectorOn(url), reportsOn(url)];
  await store.append(many(5));
  await expect.poll(() => counts(reports)).toEqual([5, 5]);
  await store.close();
  return url;
}

/** For statements of a test itself. */
export function nodesOf(url: string): Nodes {
  const nodes = new Nodes(parseAddress(url));
  onTestFinished(() => nodes.close());
  return nodes;
}
