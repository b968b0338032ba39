import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Portions } from '../../src/collector/store/embedded/portions.js';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import { personOf } from '../support/answers.js';
import { KEY, temporaryFolder } from '../support/collector.js';
import { undoToSchema5 } from '../support/old-schema.js';
import { expectWhole, openUpgrading, upgraded, type OpenedStore } from '../support/schema-5.js';
import { bytesOf, inDatabase } from '../support/store-files.js';
import { storedHits } from '../support/transfer.js';

const RUNS = Number(process.env.KMQ_RUNS ?? (process.env.KMQ_LONG ? 500 : 5));
/** Printed, so that a failing run can be repeated: KMQ_SEED=… npx vitest run test/collector/store-model.test.ts */
const seed = Number(process.env.KMQ_SEED ?? Date.now() % 1_000_000);

const T = 1_400_000_000;

type Hit = ArrivedHit['hit'];

/** A plain list of the hits of a store. */
class Model {
  hits: (Hit & { marks: number | undefined })[] = [];
  private readonly people = new Map<string, Set<string>>();
  /** Events that were removed: whether the store still compares new events with them is not tested. */
  private readonly gone = new Set<string>();
  readonly erased = new Set<string>();

  append(hit: Hit): void {
    const names = hit.kind === 'alias' ? [hit.person, hit.name!] : [hit.person];
    const sets = names.map((name) => this.people.get(name) ?? new Set([name]));
    const person = new Set(sets.flatMap((set) => [...set]));
    for (const name of person) this.people.set(name, person);
    for (const name of names) this.erased.delete(name);
    const isLike = (other: Hit): boolean =>
      other.id === hit.id && other.person === hit.person && (other.sent ?? 0) === (hit.sent ?? 0);
    if (hit.id !== null && this.hits.some(isLike)) return;
    this.hits.push({ ...hit, marks: this.marks(hit) });
  }

  erase(name: string): number | undefined {
    const person = this.people.get(name);
    if (!person) return undefined;
    for (const one of person) {
      this.people.delete(one);
      this.erased.add(one);
    }
    return this.remove((hit) => person.has(hit.person));
  }

  expire(before: number): number {
    const isOldAlias = (hit: Hit): boolean => hit.kind === 'alias' && hit.time < before;
    const isKept = (person: Set<string>) => this.hits.some((hit) => person.has(hit.person) && !isOldAlias(hit));
    const count = this.remove((hit) => hit.kind !== 'alias' && hit.time < before);
    const gone = [...this.people].filter(([, person]) => !isKept(person)).map(([name]) => name);
    for (const name of gone) this.people.delete(name);
    // An alias stays as long as its person.
    return count + this.remove((hit) => gone.includes(hit.person));
  }

  identitiesOf = (name: string): string[] => [...(this.people.get(name) ?? [])].sort();
  hitsOf = (name: string): Model['hits'] => this.hits.filter((hit) => this.people.get(name)?.has(hit.person));

  private remove(isRemoved: (hit: Hit) => boolean): number {
    const removed = this.hits.filter(isRemoved);
    this.hits = this.hits.filter((hit) => !isRemoved(hit));
    for (const hit of removed) this.gone.add(eventOf(hit));
    return removed.length;
  }

  /** Its marks as a repeat, by comparison with similar hits; undefined if some of those were removed. */
  private marks(hit: Hit): number | undefined {
    if (hit.kind !== 'event' || hit.sent === null) return 0;
    if (this.gone.has(eventOf(hit))) return undefined;
    const like = this.hits.filter(
      (other) => other.kind === 'event' && other.sent !== null && eventOf(other) === eventOf(hit),
    );
    const withoutId = hit.id === null && like.some(({ id }) => id === null);
    return (like.length ? 1 : 0) + (withoutId ? 2 : 0);
  }
}

const eventOf = ({ person, name, sent }: Hit): string => `${person} ${sent} ${name?.toLowerCase()}`;

const PEOPLE = 9;
const nameOf = (n: number): string => `person-${n}@example.com`;
const person = fc.integer({ min: 0, max: PEOPLE - 1 });
const second = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 5 }) },
  { weight: 1, arbitrary: fc.constant(null) },
);

const hit = fc
  .record({
    person,
    other: person,
    kind: fc.constantFrom(
      'event' as const,
      'event' as const,
      'event' as const,
      'properties' as const,
      'alias' as const,
    ),
    name: fc.constantFrom('Visited Site', 'visited site', 'Bought', 'x'),
    second,
    id: fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 3 })),
    value: fc.constantFrom('common value', 'another value', 'no', '12', '],["', 'ümlaut 🦊'),
    ownValue: fc.boolean(),
  })
  .map(({ person, other, kind, name, second, id, value, ownValue }): Hit => ({
    ...{ kind, key: KEY, person: nameOf(person), warnings: [] },
    name: kind === 'event' ? name : kind === 'alias' ? nameOf(other) : null,
    time: T + (second ?? 3),
    sent: second === null ? null : T + second,
    id: id === null ? null : `id-${id}`,
    properties: [
      ['shared property', value],
      ...(ownValue ? [['secret', `secret of ${nameOf(person)}`] as [string, string]] : []),
    ],
  }));

const step = fc.oneof(
  {
    weight: 14,
    arbitrary: fc.record({ do: fc.constant('append' as const), hits: fc.array(hit, { minLength: 1, maxLength: 4 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fail' as const), hits: fc.array(hit, { maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('erase' as const), person }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const), second: fc.integer({ min: 0, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('look' as const), person }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('kill' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('age' as const) }) },
);

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const portions = fc.record({
  hitsOfARound: fc.integer({ min: 1, max: 12 }),
  filedPerCommit: fc.integer({ min: -1, max: 3 }),
  identitiesRemembered: fc.integer({ min: 1, max: 4 }),
  hitsPerStep: fc.integer({ min: 1, max: 6 }),
  pagesPerStep: fc.integer({ min: 1, max: 6 }),
});

const arrived = (hit: Hit): ArrivedHit => ({ hit, received: T, agent: 'browser' });
/** SQLite refuses this hit, so the whole transaction is rolled back. */
const impossible: ArrivedHit = {
  hit: {
    ...{ kind: 'alias', key: KEY, person: nameOf(0), name: nameOf(1), time: T, sent: T, id: null },
    properties: [],
    warnings: [],
  },
  received: null as unknown as number,
  agent: 'browser',
};

/** The stored hits, without fields that are never sent. */
async function exported({ store }: OpenedStore): Promise<Hit[]> {
  return (await storedHits(store)).map(({ received: _r, agent: _a, ...hit }) => hit);
}

const plain = (hits: readonly Hit[]): Hit[] => hits.map(({ marks: _, ...hit }: Hit & { marks?: unknown }) => hit);

test(`a store has the same hits as a list, whatever happens to it (seed ${seed})`, async () => {
  const scenario = async (steps: Step[], small: Portions): Promise<void> => {
    let folder = await temporaryFolder();
    const folders = [folder];
    let opened = openUpgrading(folder, small);
    const model = new Model();
    const closeAll: (() => Promise<void>)[] = [];
    const errors: unknown[] = [];
    const close = async (): Promise<void> => {
      await opened.close();
      errors.push(...opened.errors, ...opened.notices);
    };
    for (const one of steps) {
      const { store } = opened;
      switch (one.do) {
        case 'append':
          await store.append(one.hits.map(arrived));
          one.hits.forEach((hit) => model.append(hit));
          break;
        case 'fail':
          await expect(store.append([...one.hits.map(arrived), impossible])).rejects.toThrow('NOT NULL');
          break;
        case 'erase': {
          const expected = model.erase(nameOf(one.person));
          expect((await store.erase(KEY, nameOf(one.person)))?.hits).toBe(expected);
          break;
        }
        case 'expire':
          expect(await store.expire(KEY, T + one.second)).toBe(model.expire(T + one.second));
          break;
        case 'look': {
          const found = await personOf(store, KEY, nameOf(one.person));
          expect([...(found?.identities ?? [])].sort()).toEqual(model.identitiesOf(nameOf(one.person)));
          expect(await exported(opened)).toEqual(plain(model.hits));
          break;
        }
        case 'restart':
          await close();
          opened = openUpgrading(folder, small);
          break;
        case 'kill': {
          const copy = await temporaryFolder();
          for (const name of ['kmq.db', 'kmq.db-wal']) {
            if (existsSync(join(folder, name))) copyFileSync(join(folder, name), join(copy, name));
          }
          closeAll.push(opened.close);
          errors.push(...opened.errors, ...opened.notices);
          folders.push((folder = copy));
          opened = openUpgrading(folder, small);
          break;
        }
        case 'age':
          await close();
          inDatabase(folder, (db) => {
            db.exec('PRAGMA secure_delete = ON; DROP INDEX IF EXISTS hits_by_identity; DROP TABLE IF EXISTS zeros');
            undoToSchema5(db);
          });
          opened = openUpgrading(folder, small);
      }
    }
    expect(await exported(opened)).toEqual(plain(model.hits));
    for (let n = 0; n < PEOPLE; n++) {
      const found = await personOf(opened.store, KEY, nameOf(n));
      expect([...(found?.identities ?? [])].sort()).toEqual(model.identitiesOf(nameOf(n)));
      const events = model.hitsOf(nameOf(n)).filter(({ kind }) => kind === 'event');
      if (events.some(({ marks }) => marks === undefined)) continue;
      expect(found?.events.length ?? 0).toBe(events.filter(({ marks }) => !(marks! & 2)).length);
    }
    await upgraded(folder);
    expect(await exported(opened)).toEqual(plain(model.hits));
    await close();
    const marks = inDatabase(folder, (db) => db.prepare('SELECT duplicate FROM hits ORDER BY id').all()) as {
      duplicate: number;
    }[];
    expect(marks.map(({ duplicate }, at) => (model.hits[at]!.marks === undefined ? undefined : duplicate))).toEqual(
      model.hits.map(({ marks }) => marks),
    );
    const bytes = bytesOf(folder);
    for (const name of model.erased) expect(bytes.includes(name) ? `${name} is left` : '').toBe('');
    expectWhole(folder);
    expect(errors).toEqual([]);
    await Promise.all(closeAll.map((close) => close()));
    folders.forEach((one) => rmSync(one, { recursive: true }));
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), portions, scenario), {
    numRuns: RUNS,
    seed,
    endOnFailure: !process.env.KMQ_SHRINK,
    ...(process.env.KMQ_PATH && { path: process.env.KMQ_PATH }),
  });
}, 3_600_000);
