import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { REPORTS } from '../../src/collector/reports/questions/kinds.js';
import type { ReportKind, Reports } from '../../src/protocol/reports.js';
import { KEY, temporaryFolder } from '../support/collector.js';
import { ReportStore } from '../support/report-store.js';
import { expectSameAnswer } from './random/compare.js';
import { DAY, happeningOf, withFoldedNames, type Happening } from './random/life.js';
import type { AskedSite } from './sites-database.js';
import { questionsOf } from './random/questions.js';

const RUNS = process.env.KMQ_LONG ? 300 : 2;
const seed = Number(process.env.KMQ_SEED ?? Date.now() % 1_000_000);
/** To test only some kinds: KMQ_KINDS='trend funnel'. */
const KINDS = (process.env.KMQ_KINDS?.split(' ') ?? Object.keys(REPORTS)) as ReportKind[];
const happening = happeningOf(['killed', 'restarted', 'deleted']);

test(`whatever happens to a store, its reports match its hits (seed ${seed})`, async () => {
  const life = fc.array(
    fc.record({ happening, questions: fc.record(questionsOf(DAY)), kind: fc.constantFrom(...KINDS) }),
    {
      minLength: 3,
      maxLength: 8,
    },
  );
  await fc.assert(
    fc.asyncProperty(life, async (moments) => {
      const folder = await temporaryFolder();
      const store = new ReportStore(folder);
      try {
        for (const { happening, questions, kind } of moments) {
          await happen(store, happening);
          await expectToSay(store, kind, questions[kind]);
        }
      } finally {
        await store.close();
        rmSync(folder, { recursive: true, force: true });
      }
    }),
    // Each run starts several processes: shrinking would take minutes.
    { numRuns: RUNS, seed, endOnFailure: true },
  );
});

async function happen(store: ReportStore, happening: Happening): Promise<void> {
  await take(store, happening);
  // At their start, reports leave out hits that have expired. The store has expired hits that arrived since, until retention runs again.
  const hasStarted = ['killed', 'restarted', 'deleted'].includes(happening.is);
  const { expired } = store;
  if (!hasStarted || expired === undefined) return;
  const expire = () => store.remover.expire(KEY, expired).then(() => 'done', String);
  await expect.poll(expire).toBe('done');
}

async function take(store: ReportStore, happening: Happening): Promise<void> {
  if (happening.is === 'hits') await store.store.append(happening.hits);
  else if (happening.is === 'erased') await store.remover.erase(KEY, happening.who);
  else if (happening.is === 'expired') {
    store.expired = Math.max(store.expired ?? 0, happening.before);
    await store.remover.expire(KEY, store.expired);
  } else if (happening.is === 'killed') store.kill();
  else if (happening.is === 'restarted') await store.restart();
  else {
    await store.reports.close();
    rmSync(join(store.folder, 'reports.duckdb'), { force: true });
    await store.restart();
  }
}

/** Reports follow the commits, so the right answer comes some time later. */
async function expectToSay<K extends ReportKind>(
  store: ReportStore,
  kind: K,
  question: Reports[K]['question'],
): Promise<void> {
  await expect
    .poll(async () => {
      try {
        const { asOf } = await store.ask(kind, question);
        // Cached answers are of another second: about events of long ago they are the same.
        const site: AskedSite = {
          ask: async (kind, question) => withFoldedNames({ ...(await store.ask(kind, question)), asOf }),
        };
        await expectSameAnswer(kind, question, site, store.world(asOf), 20);
        return '';
      } catch (error) {
        const { message, actual, expected } = error as Error & { actual?: unknown; expected?: unknown };
        return `${message} ${kind} ${JSON.stringify([question, actual, expected])}`;
      }
    })
    .toBe('');
}
