import fc from 'fast-check';
import { beforeAll, test } from 'vitest';
import type { ReportKind } from '../../src/protocol/reports.js';
import { REPORTS } from '../../src/collector/reports/questions/kinds.js';
import { expectSameAnswer } from './random/compare.js';
import { chdbOfTests } from '../support/chdb-of-tests.js';
import { ClickHouseSites } from './clickhouse-sites.js';
import { site } from './random/history.js';
import { questionsOf } from './random/questions.js';

const RUNS = Number(process.env.KMQ_RUNS ?? 1000);
/** For one of so many numbers of an answer, the list of the people behind the number is compared as well. */
const CELLS = 20;
/** Printed, so that a failing run can be repeated. */
const seed = Number(process.env.KMQ_SEED ?? Date.now() % 1_000_000);
const kinds = (process.env.KMQ_KINDS?.split(' ') ?? Object.keys(REPORTS)) as ReportKind[];

let engine: ClickHouseSites;
beforeAll(async () => {
  engine = await ClickHouseSites.open(`${await chdbOfTests()}/sites`);
});

test(`ClickHouse answers any question about any site like the evaluator (seed ${seed})`, async () => {
  const asked = site.chain((one) => fc.record({ site: fc.constant(one), questions: fc.record(questionsOf(one.day)) }));
  await fc.assert(
    fc.asyncProperty(asked, async ({ site, questions }) => {
      const engineSite = await engine.add(site);
      for (const kind of kinds) await expectSameAnswer(kind, questions[kind], engineSite, site.world, CELLS);
    }),
    // A question takes tens of milliseconds: shrinking would take minutes.
    { numRuns: RUNS, seed, endOnFailure: true },
  );
}, 7_200_000);
