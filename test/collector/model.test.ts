import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clientOf, temporaryFolder, type TestCollector } from '../support/collector.js';
import { serve, type Command } from '../support/command.js';
import { LONG } from '../support/long.js';

const RUNS = LONG ? 100 : 2;
/** Printed, so that a failing run can be repeated: KMQ_SEED=… npx vitest run test/collector/model.test.ts */
const seed = Number(process.env.KMQ_SEED ?? Date.now() % 1_000_000);

/** The people of the reference in ten lines: sets of identities, and the events that count. */
class Model {
  readonly people = new Map<string, Set<string>>();
  readonly stored = new Set<string>();
  readonly events = new Map<string, Set<string>>();
  meet = (id: string): Set<string> => this.people.get(id) ?? this.people.set(id, new Set([id])).get(id)!;
  /** @param hit its id; undefined for a hit without one, of which one counts in each second */
  record(id: string, name: string, second: number, hit: string | undefined): void {
    if (hit !== undefined) this.stored.add(hit);
    this.meet(id);
    this.events.set(id, (this.events.get(id) ?? new Set()).add(hit ?? `${name.toLowerCase()} ${second}`));
  }
  alias(one: string, other: string): void {
    const all = new Set([...this.meet(one), ...this.meet(other)]);
    for (const id of all) this.people.set(id, all);
  }
  count = (id: string): number => [...this.meet(id)].reduce((sum, one) => sum + (this.events.get(one)?.size ?? 0), 0);
}

const identity = fc.integer({ min: 0, max: 7 }).map((n) => `id${n}`);
const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('record' as const),
      id: identity,
      name: fc.constantFrom('A', 'a', 'B'),
      second: fc.integer({ min: 0, max: 3 }),
      withId: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('alias' as const), id: identity, other: identity }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('again' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const) }) },
);

test(`any sequence of hits, aliases, repeats, restarts and kills gives the people of a model (seed ${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
      const data = await temporaryFolder();
      const model = new Model();
      const sent: string[] = [];
      let command: Command = await serve(['--data', data]);
      let collector: Omit<TestCollector, 'port' | 'close'> = clientOf(command.origin);
      const start = async (): Promise<void> => {
        await command.exited;
        command = await serve(['--data', data]);
        collector = clientOf(command.origin);
      };
      for (const [at, one] of steps.entries()) {
        if (one.kind === 'record') {
          const { id, name, second, withId } = one;
          const hit = withId ? `${at}` : undefined;
          sent.push(`/e?_k=site&_p=${id}&_n=${name}&_t=${1_400_000_000 + second}&_d=1&_i=${hit ?? ''}`);
          model.record(id, name, second, hit);
          await collector.send(sent.at(-1)!);
        } else if (one.kind === 'alias') {
          sent.push(`/a?_k=site&_p=${one.id}&_n=${one.other}&_t=1400000000&_i=${at}`);
          model.stored.add(`${at}`);
          model.alias(one.id, one.other);
          await collector.send(sent.at(-1)!);
        } else if (one.kind === 'again') {
          if (sent.length) await collector.send(sent[one.which % sent.length]!);
        } else {
          // Hits without an answer at the kill are sent again, as an outbox does.
          const onTheirWay = one.kind === 'kill' ? sent.slice(-5) : [];
          const answers = onTheirWay.map((address) => collector.send(address).catch(() => undefined));
          command.process.kill(one.kind === 'kill' ? 'SIGKILL' : 'SIGTERM');
          await Promise.all(answers);
          await start();
          for (const address of onTheirWay) await collector.send(address);
        }
      }
      for (const [id, identities] of model.people) {
        const person = (await collector.person(id))!;
        expect([...person.identities].sort()).toEqual([...identities].sort());
        expect(person.events).toHaveLength(model.count(id));
      }
      const stored = (await collector.export()).flatMap(({ _i }) => (_i === undefined ? [] : [_i as string]));
      expect(stored.sort()).toEqual([...model.stored].sort());
      command.process.kill('SIGKILL');
      await command.exited;
    }),
    { numRuns: RUNS, seed, endOnFailure: true },
  );
}, 3_600_000);

test(`none of ${RUNS} kills at random moments while 50 clients send loses an acknowledged hit or stores one twice`, async () => {
  const data = await temporaryFolder();
  const acknowledged = new Set<string>();
  let next = 0;
  for (let round = 0; round < RUNS; round++) {
    const command = await serve(['--data', data]);
    const collector = clientOf(command.origin);
    let isSending = true;
    const clients = Array.from({ length: 50 }, async (_, client) => {
      while (isSending) {
        const ids = Array.from({ length: client % 5 ? 1 : 20 }, () => `i${next++}`);
        const lines = ids.map((id) => `/e?_k=site&_p=p${client}&_n=${id}&_t=1400000000&_i=${id}`);
        const init = { method: 'POST', body: lines.join('\n') };
        const answer = lines.length === 1 ? collector.send(lines[0]!) : collector.send('/b', init);
        const response = await answer.catch(() => undefined);
        if (response?.status === 200) for (const id of ids) acknowledged.add(id);
        await response?.arrayBuffer().catch(() => undefined);
      }
    });
    const enough = acknowledged.size + 200;
    await expect.poll(() => acknowledged.size, { interval: 10 }).toBeGreaterThan(enough);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
    command.process.kill('SIGKILL');
    isSending = false;
    await Promise.all([...clients, command.exited]);
  }
  const command = await serve(['--data', data]);
  const stored = (await clientOf(command.origin).export()).map(({ _i }) => _i as string);
  const kept = new Set(stored);
  expect(kept.size).toBe(stored.length);
  expect([...acknowledged].filter((id) => !kept.has(id))).toEqual([]);
}, 3_600_000);
