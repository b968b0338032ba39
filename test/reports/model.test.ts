import fc from 'fast-check';
import { beforeAll, test } from 'vitest';
import type { ReportKind } from '../../src/protocol/reports.js';
import { REPORTS } from '../../src/collector/reports/questions/kinds.js';
import { expectSameAnswer } from './random/compare.js';
import { SitesDatabase } from './sites-database.js';
import { site } from './random/history.js';
import { questionsOf } from './random/questions.js';

const RUNS = Number(process.env.KMQ_RUNS ?? (process.env.KMQ_LONG ? 5000 : 10));
/** For one of so many numbers of an answer, the list of the people behind the number is compared as well. */
const CELLS = process.env.KMQ_LONG ? 5 : 50;
/** Printed, so that a failing run can be repeated: KMQ_SEED=… npx vitest run test/reports/model.test.ts */
const seed = Number(process.env.KMQ_SEED ?? Date.now() % 1_000_000);
/** To test only some kinds: KMQ_KINDS='trend funnel'. */
const kinds = (process.env.KMQ_KINDS?.split(' ') ?? Object.keys(REPORTS)) as ReportKind[];

let engine: SitesDatabase;
beforeAll(async () => {
  engine = await SitesDatabase.open();
});

test(`the engine answers any question about any site like the evaluator (seed ${seed})`, async () => {
  const asked = site.chain((one) => fc.record({ site: fc.constant(one), questions: fc.record(questionsOf(one.day)) }));
  await fc.assert(
    fc.asyncProperty(asked, async ({ site, questions }) => {
      const engineSite = await engine.add(site);
      for (const kind of kinds) await expectSameAnswer(kind, questions[kind], engineSite, site.world, CELLS);
    }),
    { numRuns: RUNS, seed },
  );
}, 7_200_000);
