import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { LiveHit, LiveSkipped } from '../../src/protocol/api.js';
import { now } from '../../src/collector/clock.js';
import { LiveQueries } from '../../src/collector/store/embedded/live-queries.js';
import { migrate } from '../../src/collector/store/embedded/schema.js';
import { livePage } from '../../src/collector/store/model/live-page.js';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';
import { temporaryFolder } from '../support/collector.js';

/** The number of hits that a page left out, as it is sent. */
function skippedIn({ events }: ReturnType<typeof livePage>): LiveSkipped | undefined {
  const found = events.find(({ event }) => event === 'skipped');
  return found && (JSON.parse(found.data) as LiveSkipped);
}

/** Live on a database with so many hits of sites, given by number, in this order. */
async function liveOn(hits: [site: number, count: number][]) {
  const db = openDatabase(join(await temporaryFolder(), 'kmq.db'));
  onTestFinished(() => db.close());
  migrate(db);
  let last = 0;
  for (const [site, count] of hits) {
    db.prepare('INSERT OR IGNORE INTO sites (id, key) VALUES (?, ?)').run(site, `${site}`);
    db.prepare("INSERT OR IGNORE INTO identities (id, site, identity, person) VALUES (?1, ?1, 'bob', ?1)").run(site);
    db.prepare(
      `
      WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
      INSERT INTO hits (id, site, identity, kind, name, time, received, properties, duplicate)
      SELECT ?2 + n, ?3, ?3, 0, 'n' || CAST(?2 + n AS INTEGER), ?2 + n, ?2 + n, '[]', 0 FROM n`,
    ).run(count, last, site);
    last += count;
  }
  const queries = new LiveQueries(db);
  return (site: string, cursor?: string) => queries.live(site, cursor, 100, 'auto');
}

describe('Live', () => {
  test('shows the latest of a quiet site beside a busy one', async () => {
    const live = await liveOn([
      [1, 150],
      [2, 250_000],
    ]);
    const { events, cursor } = live('1');
    const names = events.map(({ data }) => (JSON.parse(data) as LiveHit).name);
    expect(names).toEqual(Array.from({ length: 100 }, (_, n) => `n${n + 51}`));
    expect(live('1', cursor).events).toEqual([]);
    expect(live('2').events).toHaveLength(100);
  });

  test('counts up to 100,000 hits that it does not show', async () => {
    const live = await liveOn([[1, 100_201]]);
    expect(skippedIn(live('1', '0.0'))).toEqual({ count: 100_000, more: true });
    expect(skippedIn(live('1', '101.0'))).toEqual({ count: 100_000 });
    expect(skippedIn(live('1', '100101.0'))).toBeUndefined();
  });

  test('still shows new hits after an import of old ones, and continues after the import', async () => {
    const live = await liveOn([[1, 150]]);
    const looked = now() - 3600;
    const page = live('1', `0.0.${looked}`);
    expect(page.events).toEqual([]);
    expect(page.cursor).toMatch(/^150\.0\.\d+$/);
    // Hits that arrived while nobody had Live open are new all the same.
    expect(live('1', '140.0.100').events).toHaveLength(10);
    expect(live('1', '140.0').events).toHaveLength(10);
  });

  test.each([
    [0, undefined],
    [1, { count: 1 }],
    [100_000, { count: 100_000 }],
    [100_001, { count: 100_000, more: true }],
    [undefined, undefined],
  ])('of %j more says %j, whatever the store has counted', (skipped, said) => {
    expect(skippedIn(livePage([], [], skipped, 'c'))).toEqual(said);
  });
});

test('what is skipped are hits and refused requests together, of those that were read', () => {
  // A control character has six characters in JSON, so 100 of these refused requests are more than Live sends at once.
  const request = '\u0001'.repeat(2048);
  const refusals = Array.from({ length: 100 }, (_, n) => ({
    key: null,
    received: n,
    reason: ['no-key'] as const,
    request,
  }));
  const page = livePage([], refusals, 7, 'cursor');
  const shown = page.events.filter(({ event }) => event === 'refused').length;
  expect(shown).toBeGreaterThan(50);
  expect(shown).toBeLessThan(100);
  expect(skippedIn(page)).toEqual({ count: 7 + 100 - shown });
});
