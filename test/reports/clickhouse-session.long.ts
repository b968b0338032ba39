import type { ClickHouseError } from '@clickhouse/client';
import sql from 'sql-template-tag';
import { expect, test } from 'vitest';
import { QuestionSession } from '../../src/collector/reports/on-clickhouse/session.js';
import { chdbOfTests } from '../support/chdb-of-tests.js';
import { proxyOf } from './clickhouse-proxy.js';
import { collectorOn, errors, nodesOf, reportsOn } from './clickhouse-stand.js';
import { KEY } from '../support/collector.js';
import { ALL, event } from './engine-stand.js';

// The people of a filter are found once for all queries of a question, in a session of ClickHouse.

const QUESTION = { ...ALL, filter: { event: 'Came', atLeast: 2 } };

test('a question with a filter is answered in one session, and also if no session can be kept', async () => {
  const url = `${await chdbOfTests()}/sessions`;
  const store = await collectorOn(url);
  await store.append([event('a'), event('a'), event('b'), event('b'), event('c')]);
  const overview = async (at: string) =>
    JSON.parse(
      Buffer.from(await reportsOn(at).ask('overview', KEY, QUESTION, new AbortController().signal)).toString(),
    ) as { people: number; events: { name: string }[] };
  const people = () =>
    overview(url).then(
      (answer) => answer.people,
      () => undefined,
    );
  await expect.poll(people).toBe(2);
  const whole = await proxyOf(url, () => undefined);
  const answer = await overview(whole.url);
  expect(answer.events.map(({ name }) => name)).toEqual(['Came']);
  const sessions = () =>
    whole.seen.map(({ searchParams }) => searchParams.get('session_id')).filter((id) => id !== null);
  const [first] = sessions();
  expect(new Set(sessions())).toEqual(new Set([first]));
  const without = await proxyOf(url, ({ searchParams }) => searchParams.delete('session_id'));
  expect({ ...(await overview(without.url)), asOf: 0 }).toEqual({ ...answer, asOf: 0 });
  // One statement finds the people, and another one drops them after the answer.
  await expect.poll(() => sessions().filter((id) => id === first).length).toBe(8);
  expect(errors).toEqual([]);
});

test('the steps that copy hits into reports join in the order in which they are written, as questions do', async () => {
  const url = `${await chdbOfTests()}/steps`;
  const { url: through, seen } = await proxyOf(url, () => undefined);
  const store = await collectorOn(through);
  await store.append([event('a')]);
  const ofSteps = () => seen.filter(({ searchParams }) => searchParams.get('prefer_column_name_to_alias') === '1');
  await expect.poll(() => ofSteps().length).toBeGreaterThan(5);
  expect(new Set(ofSteps().map(({ searchParams }) => searchParams.get('query_plan_join_swap_table')))).toEqual(
    new Set(['false']),
  );
  await store.close();
  expect(errors).toEqual([]);
});

test('the people of an aborted question are dropped as soon as ClickHouse has ended its query', async () => {
  const url = `${await chdbOfTests()}/aborted`;
  const nodes = nodesOf(url);
  const made: string[] = [];
  const make = nodes.make.bind(nodes);
  nodes.make = async (question) => {
    const [word] = question.query.split(' ');
    try {
      await make(question);
      made.push(word!);
    } catch (error) {
      made.push(`${word} ${(error as ClickHouseError).code}`);
      throw error;
    }
  };
  const asked = new AbortController();
  const session = new QuestionSession(nodes, {}, asked.signal);
  const people = session.keep(sql`SELECT toUInt64(1) AS person`);
  const answer = expect(
    session.run(
      sql`SELECT p.person, sleepEachRow(0.5) FROM (${people}) p CROSS JOIN numbers(4) n SETTINGS max_block_size = 1`,
    ),
  ).rejects.toThrow('of the test');
  const running = `SELECT 1 AS one FROM system.processes WHERE query LIKE concat('%sleep', 'EachRow%')`;
  await expect.poll(() => nodes.rows(running), { interval: 20 }).toHaveLength(1);
  asked.abort(new Error('of the test'));
  await answer;
  await session.end();
  expect(made.slice(0, 2)).toEqual(['CREATE', 'DROP 373']);
  expect(made.at(-1)).toBe('DROP');
});
