import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { ClickHouseReports } from '../../src/collector/reports/on-clickhouse/reports.js';
import { REPORTS } from '../../src/collector/reports/questions/kinds.js';
import { ClickHouseStore } from '../../src/collector/store/clickhouse/store.js';
import type { ReportKind, Reports } from '../../src/protocol/reports.js';
import { KEY, temporaryFolder } from '../support/collector.js';
import { ReportStore } from '../support/report-store.js';
import { chdbOfTests } from '../support/chdb-of-tests.js';
import { expectSameAnswer } from './random/compare.js';
import { happeningOf, DAY, withFoldedNames, type Happening } from './random/life.js';
import { questionsOf } from './random/questions.js';

const RUNS = Number(process.env.KMQ_RUNS ?? 100);
const seed = Number(process.env.KMQ_SEED ?? Date.now() % 1_000_000);
const KINDS = (process.env.KMQ_KINDS?.split(' ') ?? Object.keys(REPORTS)) as ReportKind[];

let server: string;
beforeAll(async () => {
  server = await chdbOfTests();
});

/** The embedded store and ClickHouse: the same happens to both, and the embedded store has the right answers. */
class TwoStores {
  private readonly url = `${server}/life_${randomBytes(6).toString('hex')}`;
  private readonly embedded: ReportStore;
  private store: ClickHouseStore;
  private readonly reports: ClickHouseReports;
  private expired: number | undefined;
  readonly errors: string[] = [];

  constructor(
    folder: string,
    private readonly spool: string,
  ) {
    this.embedded = new ReportStore(folder);
    this.store = this.open();
    this.reports = new ClickHouseReports({
      url: this.url,
      limits: { memory: undefined, threads: undefined },
      timeLimit: 60,
      settings: { sites: {}, others: { timeZone: 'UTC', domains: [], counting: 'auto' } },
    });
  }

  async happen(happening: Happening): Promise<void> {
    if (happening.is === 'hits') {
      await this.embedded.store.append(happening.hits);
      await this.store.append(happening.hits);
    } else if (happening.is === 'erased') {
      await this.embedded.store.erase(KEY, happening.who);
      await this.store.erase(KEY, happening.who);
    } else if (happening.is === 'expired') {
      this.expired = Math.max(this.expired ?? 0, happening.before);
      await this.embedded.store.expire(KEY, this.expired);
      await this.store.expire(KEY, this.expired);
    } else {
      await this.store.close();
      this.store = this.open();
    }
  }

  async expectToSay<K extends ReportKind>(kind: K, question: Reports[K]['question']): Promise<void> {
    const ask = async <K extends ReportKind>(
      kind: K,
      question: Reports[K]['question'],
    ): Promise<Reports[K]['answer']> =>
      withFoldedNames(
        JSON.parse(
          Buffer.from(await this.reports.ask(kind, KEY, question, new AbortController().signal)).toString(),
        ) as Reports[K]['answer'],
      );
    await expect
      .poll(
        async () => {
          try {
            const { asOf } = await ask(kind, question);
            const asked = {
              ask: async <K extends ReportKind>(kind: K, question: Reports[K]['question']) => ({
                ...(await ask(kind, question)),
                asOf,
              }),
            };
            await expectSameAnswer(kind, question, asked, this.embedded.world(asOf), 20);
            return '';
          } catch (error) {
            const { message, actual, expected } = error as Error & { actual?: unknown; expected?: unknown };
            return `${message.slice(0, 6000)} ${kind} ${JSON.stringify([question, actual, expected])} ${this.errors.join()}`;
          }
        },
        { timeout: 60_000, interval: 100 },
      )
      .toBe('');
  }

  async close(): Promise<void> {
    await this.reports.close();
    await this.store.close();
    await this.embedded.close();
  }

  private open(): ClickHouseStore {
    return new ClickHouseStore({
      url: this.url,
      folder: this.spool,
      counting: () => 'auto',
      reportIntervalMs: 20,
      onError: (error) => this.errors.push(String((error as Error).stack)),
    });
  }
}

test(`whatever happens to a store, the reports of ClickHouse match its hits (seed ${seed})`, async () => {
  const moment = fc.record({
    happening: happeningOf(['restarted']),
    questions: fc.record(questionsOf(DAY)),
    kind: fc.constantFrom(...KINDS),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(moment, { minLength: 3, maxLength: 8 }), async (moments) => {
      const [folder, spool] = [await temporaryFolder(), await temporaryFolder()];
      const stores = new TwoStores(folder, spool);
      try {
        for (const { happening, questions, kind } of moments) {
          await stores.happen(happening);
          await stores.expectToSay(kind, questions[kind]);
        }
      } finally {
        await stores.close();
        for (const each of [folder, spool]) rmSync(each, { recursive: true, force: true });
      }
    }),
    { numRuns: RUNS, seed, endOnFailure: true },
  );
}, 7_200_000);
