import { expect, test } from 'vitest';
import { collectorOn, counts, errors, notices, reportsOn, useClickHouse } from './clickhouse-stand.js';
import { proxyOf } from './clickhouse-proxy.js';
import { event, many } from './engine-stand.js';

// Settings that a node does not know any more, or that it does not show.

const PATIENT = { timeout: 20_000 };

const newUrl = useClickHouse();

/** A ClickHouse that forgets some settings: it refuses statements with them, and does not list them. */
async function forgetful(url: string, names: string[]) {
  let isOlder = false;
  const proxy = await proxyOf(
    url,
    ({ searchParams }) => {
      return isOlder ? names.find((name) => searchParams.has(name)) : undefined;
    },
    (statement) =>
      isOlder ? names.reduce((all, name) => all.replaceAll(hex(name), hex(`no ${name}`)), statement) : statement,
  );
  return { ...proxy, downgrade: () => void (isOlder = true) };
}

const hex = (name: string): string => Buffer.from(name).toString('hex').replace(/../g, '\\x$&');

test('after a downgrade of ClickHouse, statements and questions no longer have the settings that it does not know', async () => {
  const { url, downgrade, seen } = await forgetful(newUrl(), [
    'query_plan_join_swap_table',
    'data_type_default_nullable',
  ]);
  const [store, reports] = [await collectorOn(url), reportsOn(url)];
  await store.append(many(5));
  await expect.poll(() => counts(reports), PATIENT).toEqual([5, 5]);
  downgrade();
  await store.append([event('after')]);
  expect(await store.keys()).toHaveLength(1);
  await expect.poll(() => counts(reports), PATIENT).toEqual([6, 6]);
  const before = seen.length;
  await store.append([event('later')]);
  await expect.poll(() => counts(reports), PATIENT).toEqual([7, 7]);
  const names = seen.slice(before).flatMap(({ searchParams }) => [...searchParams.keys()]);
  expect(names).toContain('join_use_nulls');
  expect(names).not.toContain('query_plan_join_swap_table');
  expect(names).not.toContain('data_type_default_nullable');
  expect(errors).toEqual([]);
});

test('a user who may not read the settings of ClickHouse is told so once', async () => {
  const { url } = await proxyOf(
    newUrl(),
    () => undefined,
    (statement) =>
      // As ClickHouse answers without the right: https://clickhouse.com/docs/sql-reference/statements/grant
      statement.includes('system.settings')
        ? `SELECT throwIf(1, 'Not enough privileges', toInt16(497)) SETTINGS allow_custom_error_code_in_throwif = 1`
        : statement,
  );
  const [store, reports] = [await collectorOn(url), reportsOn(url)];
  await store.append(many(5));
  await expect.poll(() => counts(reports), PATIENT).toEqual([5, 5]);
  expect(notices).toEqual([
    expect.stringMatching(
      /^The user of ClickHouse may not read system\.settings\b.* GRANT SELECT ON system\.settings TO `default`/s,
    ),
  ]);
  expect(errors).toEqual([]);
});
