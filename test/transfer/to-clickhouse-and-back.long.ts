import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, expect, test, vi } from 'vitest';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import { demoHits } from '../../src/demo-data/hits.js';
import type { PeopleAnswer, ReportKind, Reports } from '../../src/protocol/reports.js';
import { comparable } from '../reports/random/compare.js';
import { happeningOf, NOON, withFoldedNames } from '../reports/random/life.js';
import { questionsOf } from '../reports/random/questions.js';
import { arrived } from '../support/arrived-hits.js';
import { chdbOfTests } from '../support/chdb-of-tests.js';
import { clientOf, KEY, temporaryFolder, type TestCollector } from '../support/collector.js';
import { serve } from '../support/command.js';
import { newDatabase } from '../support/clickhouse.js';
import { openFolder, run } from '../support/transfer.js';

// Moves a store to ClickHouse and back with the commands of docs/moving.md, and compares the answers of all reports before and after.

const RUNS = Number(process.env.KMQ_RUNS ?? 10);
const seed = Number(process.env.KMQ_SEED ?? Date.now() % 1_000_000);

const HOUR = 3600;
const DAYS_KEPT = 30;
const DEMO_DAYS_KEPT = 7;
const now = Math.floor(Date.now() / 1000);
/** Random hits have times around this one. Those that are a day earlier are older than the retention. */
const AROUND = now - DAYS_KEPT * 24 * HOUR + 3 * HOUR;
const dayOf = (time: number): string => new Date(time * 1000).toISOString().slice(0, 10);

type Asked = { [K in ReportKind]: [kind: K, key: string, question: Reports[K]['question']] }[ReportKind];
interface Answered {
  asked: Asked;
  answer: unknown;
}
type Client = Pick<TestCollector, 'origin' | 'send' | 'erase' | 'export'>;

let server: string;
beforeAll(async () => {
  server = await chdbOfTests();
});

/**
 * The last twelve days of the demo's visitors. There are no hits in the last hour, nor within an hour of the end of the retention: the clock
 * advances while the test runs, and would change their answers.
 */
const DEMO = [...demoHits(now)].filter(
  ({ hit: { time } }) =>
    time > now - 12 * 24 * HOUR && time < now - HOUR && Math.abs(time - now + DEMO_DAYS_KEPT * 24 * HOUR) > HOUR,
);
const demoKey = DEMO[0]!.hit.key;

/** The random hits of the tests of reports: with repeats, late aliases and odd names. */
function randomHits(): ArrivedHit[] {
  const lives = fc.sample(happeningOf(['restarted']), { seed, numRuns: 400 });
  return lives
    .flatMap((one) => (one.is === 'hits' ? one.hits : []))
    .map(({ hit, received, agent }) => {
      const time = hit.time - NOON + AROUND;
      return { hit: { ...hit, time, sent: time }, received: received - NOON + AROUND, agent };
    });
}

/**
 * The hits, after one hit of each identity. Of several identities of a person the first hit decides which is the oldest, and the retention
 * must not remove that hit (docs/moving.md).
 */
function introduced(hits: readonly ArrivedHit[], daysKept: number): ArrivedHit[] {
  const time = now - daysKept * 24 * HOUR + 2 * HOUR;
  const { key } = hits[0]!.hit;
  const people = new Set(hits.flatMap(({ hit }) => [hit.person, ...(hit.kind === 'alias' ? [hit.name!] : [])]));
  const introductions = [...people].map((person) => {
    const one = arrived({ person, properties: [['Introduced', 'yes']], time });
    return { ...one, hit: { ...one.hit, key } };
  });
  return [...introductions, ...hits];
}

/** Aliases between people who have hits already. */
function lateAliases(hits: readonly ArrivedHit[], every: number): ArrivedHit[] {
  const people = [...new Set(hits.map(({ hit }) => hit.person))].filter((_, index) => index % every === 0);
  return people.slice(1).flatMap((person, index) => {
    if (index % 2) return [];
    const alias = arrived({ person, other: people[index]!, time: now });
    return [{ ...alias, hit: { ...alias.hit, key: hits[0]!.hit.key } }];
  });
}

/** It ends so early that all windows of its funnels have ended. */
const RANGE = { from: dayOf(now - 9 * 24 * HOUR), to: dayOf(now - 3 * 24 * HOUR) };

function questions(): Asked[] {
  const steps = ['Visited Site', 'Viewed Product', 'Added to Cart', 'Billed'].map((event) => ({ event }));
  const split = { property: 'Referrer', attribution: 'first ever' as const, transform: 'domain' as const };
  const ofDemo: Asked[] = [
    ['trend', demoKey, { ...RANGE, event: 'Page View', count: 'people', by: 'day', compare: true, bots: 'exclude' }],
    ['trend', demoKey, { ...RANGE, event: 'Billed', count: 'people', by: 'week', split }],
    ['trend', demoKey, { ...RANGE, event: 'Page View', count: 'times', by: 'month' }],
    ['funnel', demoKey, { ...RANGE, steps, split }],
    ['funnel', demoKey, { ...RANGE, steps, window: 24 * HOUR, compare: true }],
    ['funnel', demoKey, { ...RANGE, steps, skip: true }],
    ['people', demoKey, { filter: { event: 'Billed', atLeast: 2 }, limit: 1000 }],
    ['people', demoKey, { columns: [{ property: 'Referrer', show: 'first value' }], limit: 1000 }],
    ['breakdown', demoKey, { ...RANGE, property: 'URL' }],
    ['breakdown', demoKey, { ...RANGE, property: 'Referrer', attribution: 'last touch' }],
    ['names', demoKey, {}],
    ['overview', demoKey, { ...RANGE, compare: true }],
    ['overview', demoKey, { ...RANGE, filter: { referrer: 'www.google.com' } }],
  ];
  const shifted = dayOf(AROUND);
  const random = fc.sample(fc.record(questionsOf(shifted)), { seed, numRuns: RUNS });
  const ofRandom = random.flatMap((one) =>
    Object.entries(one).map(([kind, question]) => [kind, KEY, question] as unknown as Asked),
  );
  return [...ofDemo, ...ofRandom];
}

async function ask<K extends ReportKind>(
  client: Client,
  [kind, key, question]: [K, string, Reports[K]['question']],
): Promise<Reports[K]['answer']> {
  const q = encodeURIComponent(JSON.stringify(question));
  const response = await client.send(`/api/v1/reports/${kind}?key=${encodeURIComponent(key)}&q=${q}`);
  if (!response.ok) throw new Error(`${response.status} ${await response.text()} ${kind} ${JSON.stringify(question)}`);
  return (await response.json()) as Reports[K]['answer'];
}

/** The complete answer, with all pages of a list, without the differences between stores that documents allow. */
async function wholeAnswer(client: Client, asked: Asked): Promise<unknown> {
  const answer = await ask(client, asked as never);
  if (asked[0] === 'people') {
    const { people, total } = answer as PeopleAnswer;
    for (let { next } = answer as PeopleAnswer; next !== null && people.length < total;) {
      const page: PeopleAnswer = await ask(client, ['people', asked[1], { ...asked[2], after: next }]);
      people.push(...page.people);
      ({ next } = page);
    }
  }
  return comparable(asked[0], withFoldedNames({ ...answer, asOf: 0 }));
}

/** Compares the answers one by one: the difference between the lists of all answers would take minutes to print. */
function expectSame(answers: readonly Answered[], before: readonly Answered[]): void {
  for (const [index, { asked, answer }] of answers.entries()) {
    if (JSON.stringify(answer) === JSON.stringify(before[index]!.answer)) continue;
    expect(answer, JSON.stringify(asked)).toEqual(before[index]!.answer);
  }
  expect(answers.length).toBe(before.length);
}

let waits = 0;
/** The answers to all questions, once reports have all hits. */
async function answers(client: Client, all: Asked[]): Promise<Answered[]> {
  const until = now + 1;
  await vi.waitFor(
    async () => {
      // Another question each time: an answer that the process of reports has kept says for a minute up to when it counted.
      const question = { ...RANGE, event: `No event ${++waits}`, count: 'times', by: 'day' } as const;
      const { asOf } = await ask(client, ['trend', demoKey, question]);
      // Reports include all hits up to this time, so all that arrived before.
      expect(asOf).toBeGreaterThan(Math.max(until, began));
    },
    { timeout: 240_000, interval: 500 },
  );
  const given: Answered[] = [];
  for (const asked of all) given.push({ asked, answer: await wholeAnswer(client, asked) });
  return given;
}

let began = 0;
/** Starts a collector with these settings, does some work with it, and expects that it ends without an error. */
async function withCollector<T>(settings: string[], work: (client: Client) => Promise<T>): Promise<T> {
  const collector = await serve(settings);
  began = Math.floor(Date.now() / 1000) + 1;
  try {
    return await work(clientOf(collector.origin));
  } finally {
    collector.process.kill('SIGTERM');
    expect(await collector.exited).toBe(0);
    expect(collector.log.filter((line) => /"level":(50|60)/.test(line))).toEqual([]);
  }
}

/** `kmq export … | kmq import …` */
async function move(from: string[], to: string[]): Promise<void> {
  const environment = { PATH: process.env.PATH };
  const source = spawn(process.execPath, ['server/bin/kmq.js', 'export', ...from], {
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const target = spawn(process.execPath, ['server/bin/kmq.js', 'import', ...to], {
    env: environment,
    stdio: [source.stdout, 'ignore', 'ignore'],
  });
  const codes = await Promise.all([source, target].map(async (child) => (await once(child, 'exit'))[0] as number));
  expect(codes).toEqual([0, 0]);
}

test(`a move from the embedded store to ClickHouse and back changes no answer (seed ${seed})`, async () => {
  const [folder, old, spool, collector, back, again] = await Promise.all(Array.from({ length: 6 }, temporaryFolder));
  const config = join(folder!, 'kmq.config.json');
  await writeFile(
    config,
    JSON.stringify({ sites: { [KEY]: { retention: DAYS_KEPT }, [demoKey]: { retention: DEMO_DAYS_KEPT } } }),
  );
  const store = `${server}/${newDatabase()}`;
  const embedded = (data: string): string[] => ['--data', data, '--config', config];
  const onClickHouse = (data: string): string[] => ['--data', data, '--store', store, '--config', config];

  const filled = openFolder(old!);
  const random = randomHits();
  const shop = introduced(DEMO, DEMO_DAYS_KEPT);
  for (let at = 0; at < shop.length; at += 1000) await filled.append(shop.slice(at, at + 1000));
  await filled.append([...introduced(random, DAYS_KEPT), ...lateAliases(random, 9), ...lateAliases(DEMO, 97)]);
  await filled.close();
  const all = questions();
  const someone = (hits: readonly ArrivedHit[], part: number): string =>
    hits[Math.floor(part * hits.length)]!.hit.person;

  const before = await withCollector(embedded(old!), async (client) => {
    const gone = async (key: string) =>
      (await client.export(key)).filter(({ _t, _p2 }) => !_p2 && (_t as number) < now - DEMO_DAYS_KEPT * 24 * HOUR);
    await expect.poll(() => gone(demoKey), { timeout: 120_000, interval: 2000 }).toEqual([]);
    expect(await client.erase(someone(DEMO, 0.7), demoKey)).toBeDefined();
    expect(await client.erase(someone(random, 0.7), KEY)).toBeDefined();
    return answers(client, all);
  });
  await move(embedded(old!), onClickHouse(spool!));
  const there = await withCollector(onClickHouse(collector!), (client) => answers(client, all));
  expectSame(there, before);

  // In ClickHouse a person is erased, and two people are merged, so the way back has something new.
  const changed = await withCollector(onClickHouse(collector!), async (client) => {
    expect(await client.erase(someone(DEMO, 0.8), demoKey)).toBeDefined();
    const [one, other] = [someone(DEMO, 0.85), someone(DEMO, 0.9)].map(encodeURIComponent);
    await client.send(`/a?_k=${demoKey}&_p=${one}&_n=${other}`);
    return answers(client, all);
  });
  expect(JSON.stringify(changed)).not.toBe(JSON.stringify(there));
  await move(onClickHouse(spool!), embedded(back!));
  expectSame(await withCollector(embedded(back!), (client) => answers(client, all)), changed);
  await move(embedded(back!), embedded(again!));
  const exported = async (data: string) => (await run(['export', ...embedded(data)])).out;
  expect((await exported(again!)) === (await exported(back!))).toBe(true);
}, 1_800_000);
