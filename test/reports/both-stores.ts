import { expect, onTestFinished } from 'vitest';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import type { ReportKind, Reports } from '../../src/protocol/reports.js';
import { KEY, temporaryFolder } from '../support/collector.js';
import { ReportStore } from '../support/report-store.js';
import { collectorOn, reportsOn } from './clickhouse-stand.js';
import { comparable } from './random/compare.js';

const BUILT = { timeout: 60_000 };
const DAYS = { from: '2026-09-01', to: '2026-09-30' };

/** The embedded store and ClickHouse with the same hits, and a function that expects the same answer from both. */
export async function bothWith(url: string, hits: ArrivedHit[]) {
  const folder = await temporaryFolder();
  const embedded = new ReportStore(folder);
  // Some tests close it themselves.
  onTestFinished(() => embedded.close().catch(() => undefined));
  const store = await collectorOn(url);
  const reports = reportsOn(url);
  await embedded.store.append(hits);
  await store.append(hits);
  const raw = (kind: ReportKind, question: unknown): Promise<Uint8Array> =>
    reports.ask(kind, KEY, question, new AbortController().signal);
  const ask = async <K extends ReportKind>(kind: K, question: Reports[K]['question']): Promise<Reports[K]['answer']> =>
    JSON.parse(Buffer.from(await raw(kind, question)).toString()) as Reports[K]['answer'];
  const counted = async (asked: { ask: typeof ask }): Promise<unknown> =>
    asked.ask('people', { ...DAYS, limit: 1 }).then(
      ({ total }) => total,
      () => undefined,
    );
  /** Waits until both reports have so many people. */
  const untilPeople = async (people: number): Promise<void> => {
    await expect.poll(() => counted(embedded as never), BUILT).toBe(people);
    await expect.poll(() => counted({ ask }), BUILT).toBe(people);
  };
  await untilPeople(new Set(hits.map(({ hit }) => hit.person)).size);
  /** @returns the answer, which both give */
  const same = async <K extends ReportKind>(
    kind: K,
    question: Reports[K]['question'],
  ): Promise<Reports[K]['answer']> => {
    const of = (answer: Reports[K]['answer']): unknown => comparable(kind, { ...answer, asOf: 0 });
    const [one, other] = [await embedded.ask(kind, question), await ask(kind, question)];
    expect(of(other), `${kind} ${JSON.stringify(question)}`).toEqual(of(one));
    return other;
  };
  return { folder, embedded, store, raw, ask, same, untilPeople };
}
