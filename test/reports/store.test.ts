import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { REPORTS } from '../../src/collector/reports/questions/kinds.js';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import type { ReportKind, Reports } from '../../src/protocol/reports.js';
import { foldName } from '../../src/protocol/text.js';
import { arrived } from '../support/arrived-hits.js';
import { KEY, temporaryFolder } from '../support/collector.js';
import { ReportStore } from '../support/report-store.js';
import { expectSameAnswer } from './random/compare.js';
import type { AskedSite } from './sites-database.js';
import { questionsOf } from './random/questions.js';
import { identityName, sentEvent, sentProperty, value } from './random/texts.js';

const RUNS = process.env.KMQ_LONG ? 300 : 6;
const seed = Number(process.env.KMQ_SEED ?? Date.now() % 1_000_000);
/** For a look at one of them: KMQ_KINDS='trend funnel'. */
const KINDS = (process.env.KMQ_KINDS?.split(' ') ?? Object.keys(REPORTS)) as ReportKind[];
const DAY = '2026-03-01';
const NOON = Date.parse(`${DAY}T12:00Z`) / 1000;

let ids = 0;
const properties = fc.array(fc.tuple(sentProperty, value), { maxLength: 3 });
const second = fc.constantFrom(-86_400, -3600, 0, 0, 0, 0, 1, 300, 1801, 90_000).map((more) => NOON + more);
const hit = fc
  .record({
    kind: fc.constantFrom(
      'event' as const,
      'event' as const,
      'event' as const,
      'properties' as const,
      'alias' as const,
    ),
    person: identityName,
    event: sentEvent,
    other: identityName,
    properties,
    time: second,
    hasId: fc.boolean(),
    agent: fc.constantFrom('browser' as const, 'browser' as const, 'bot' as const, 'server' as const),
  })
  .map(({ kind, person, event, other, properties, time, hasId, agent }): ArrivedHit => {
    const what = kind === 'event' ? { event } : kind === 'alias' ? { other } : {};
    const carried = kind === 'alias' ? [] : once(properties);
    return arrived({ person, ...what, properties: carried, time, agent, ...(hasId && { id: `id ${++ids}` }) });
  });

/** A hit has one value of a property. */
function once(all: [string, string][]): [string, string][] {
  return [...new Map(all.map((pair) => [pair[0].toLowerCase(), pair])).values()];
}

type Happening =
  | { is: 'hits'; hits: ArrivedHit[] }
  | { is: 'erased'; who: string }
  | { is: 'expired'; before: number }
  | { is: 'killed' | 'restarted' | 'deleted' };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.array(hit, { minLength: 1, maxLength: 8 }).map((hits) => ({ is: 'hits' as const, hits })),
  },
  { weight: 2, arbitrary: identityName.map((who) => ({ is: 'erased' as const, who })) },
  { weight: 1, arbitrary: second.map((before) => ({ is: 'expired' as const, before })) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('killed' as const, 'restarted' as const, 'deleted' as const).map((is) => ({ is })),
  },
);

test(`whatever happens to a store, its reports say what is in it (seed ${seed})`, async () => {
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
    // Each run takes processes of its own: a smaller case would take minutes.
    { numRuns: RUNS, seed, endOnFailure: true },
  );
});

async function happen(store: ReportStore, happening: Happening): Promise<void> {
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

/** Reports follow behind the commits: sooner or later they say it. */
async function expectToSay<K extends ReportKind>(
  store: ReportStore,
  kind: K,
  question: Reports[K]['question'],
): Promise<void> {
  await expect
    .poll(
      async () => {
        try {
          const { asOf } = await store.ask(kind, question);
          // Answers that are kept are of another second: of what happened long ago they say the same.
          const site: AskedSite = {
            ask: async (kind, question) => withFoldedNames({ ...(await store.ask(kind, question)), asOf }),
          };
          await expectSameAnswer(kind, question, site, store.world(asOf), 20);
          return '';
        } catch (error) {
          const { message, actual, expected } = error as Error & { actual?: unknown; expected?: unknown };
          return `${message} ${kind} ${JSON.stringify([question, actual, expected])}`;
        }
      },
      { timeout: 20_000 },
    )
    .toBe('');
}

/** A name is shown as somebody has written it: whose spelling that is depends on what was there when it was brought in. */
function withFoldedNames<T extends object>(answer: T): T {
  const all = Object.entries(answer).map(([member, value]: [string, unknown]) => {
    if (member === 'before') return [member, withFoldedNames(value as object)];
    if (member !== 'events' && member !== 'properties') return [member, value];
    return [member, (value as { name: string }[]).map((one) => ({ ...one, name: foldName(one.name) }))];
  });
  return Object.fromEntries(all) as T;
}
