import fc from 'fast-check';
import { beforeAll, test } from 'vitest';
import type { ReportKind } from '../../src/protocol/reports.js';
import { REPORTS } from '../../src/collector/reports/questions/kinds.js';
import { expectSameAnswer } from './random/compare.js';
import { SitesDatabase } from './sites-database.js';
import { site } from './random/history.js';
import { questionsOf } from './random/questions.js';

const RUNS = Number(process.env.KMQ_RUNS ?? (process.env.KMQ_LONG ? 5000 : 10));
/** Of so many numbers, one is asked for its people. */
const CELLS = process.env.KMQ_LONG ? 5 : 50;
/** Printed, so that what failed can be run again: KMQ_SEED=… npx vitest run test/reports/model.test.ts */
const seed = Number(process.env.KMQ_SEED ?? Date.now() % 1_000_000);
/** For a look at one of them: KMQ_KINDS='trend funnel'. */
const kinds = (process.env.KMQ_KINDS?.split(' ') ?? Object.keys(REPORTS)) as ReportKind[];

let engine: SitesDatabase;
beforeAll(async () => {
  engine = await SitesDatabase.open();
});

test(`any site answers any question as the reference does (seed ${seed})`, async () => {
  const asked = site.chain((one) => fc.record({ site: fc.constant(one), questions: fc.record(questionsOf(one.day)) }));
  await fc.assert(
    fc.asyncProperty(asked, async ({ site, questions }) => {
      const engineSite = await engine.add(site);
      for (const kind of kinds) await expectSameAnswer(kind, questions[kind], engineSite, site.world, CELLS);
    }),
    { numRuns: RUNS, seed },
  );
}, 7_200_000);
