import { existsSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { ClockJump } from '../../src/collector/watch/clock-jump.js';
import { serve } from '../support/command.js';
import { clientOf, temporaryFolder } from '../support/collector.js';

const HOUR = 3600;
const DAY = 24 * HOUR;
const START = Date.parse('2026-11-30T12:00:00Z') / 1000;

describe('a clock', () => {
  /** A check of a clock that was right at the start, with a last known time. */
  async function check(known: number): Promise<{ clock: ClockJump; file: string }> {
    const folder = await temporaryFolder();
    const file = join(folder, 'kmq.clock');
    writeFileSync(file, '');
    utimesSync(file, known, known);
    vi.useFakeTimers({ toFake: ['Date', 'performance'], now: START * 1000 });
    return { clock: new ClockJump(folder), file };
  }
  /** Sets the time of day only. `vi.advanceTimersByTime` lets time pass: both clocks go on. */
  const set = (seconds: number) => vi.setSystemTime(seconds * 1000);
  const pass = (seconds: number) => vi.advanceTimersByTime(seconds * 1000);

  test('that goes on as time passes is trusted, and so is one that is set back, or ahead by less than a day', async () => {
    const { clock, file } = await check(START - HOUR);
    expect(clock.isTrusted()).toBe(true);
    for (let hour = 0; hour < 100; hour++) {
      pass(HOUR);
      expect(clock.isTrusted()).toBe(true);
      expect(statSync(file).mtimeMs).toBe(Date.now());
    }
    set(START);
    expect(clock.isTrusted()).toBe(true);
    set(START + DAY - 1);
    expect(clock.isTrusted()).toBe(true);
  });

  test('that jumps ahead is not trusted for a day, unless it is set back', async () => {
    const { clock, file } = await check(START - HOUR);
    expect(clock.isTrusted()).toBe(true);
    set(START + 700 * DAY);
    expect(clock.isTrusted()).toBe(false);
    pass(DAY - 1);
    expect(clock.isTrusted()).toBe(false);
    expect(statSync(file).mtimeMs).toBe(START * 1000);
    pass(1);
    expect(clock.isTrusted()).toBe(true);
    set(START + 2 * DAY);
    expect(clock.isTrusted()).toBe(true);
    set(START + 20 * DAY);
    expect(clock.isTrusted()).toBe(false);
    set(START + 2 * DAY);
    expect(clock.isTrusted()).toBe(true);
  });

  test('that has jumped ahead is trusted after a day, also if the collector is restarted twice a day', async () => {
    const { clock, file } = await check(START - 10 * DAY);
    expect(clock.isTrusted()).toBe(false);
    let hours = 0;
    for (let restarted = new ClockJump(dirname(file)); !restarted.isTrusted(); hours++) {
      pass(HOUR);
      if (hours % 12 === 11 && !restarted.isTrusted()) restarted = new ClockJump(dirname(file));
    }
    // What an hour of its process has not noted is doubted again.
    expect(hours).toBeGreaterThanOrEqual(24);
    expect(hours).toBeLessThan(28);
    expect(statSync(file).mtimeMs).toBe(Date.now());
  });

  test('that is far ahead of its last known time is not trusted, except after one that was not set', async () => {
    expect((await check(START - 2 * DAY)).clock.isTrusted()).toBe(false);
    expect((await check(5000)).clock.isTrusted()).toBe(true);
    expect(new ClockJump(await temporaryFolder()).isTrusted()).toBe(true);
  });
});

test('by a clock that may have jumped ahead, retention removes nothing, from the store and from reports', async () => {
  const folder = await temporaryFolder();
  const data = join(folder, 'data');
  const config = join(folder, 'kmq.config.json');
  writeFileSync(config, JSON.stringify({ sites: { site: { retention: 30 } } }));
  const end = async (collector: Awaited<ReturnType<typeof serve>>): Promise<void> => {
    collector.process.kill('SIGTERM');
    expect(await collector.exited).toBe(0);
  };
  const first = await serve(['--data', data]);
  const old = Math.floor(Date.now() / 1000) - 40 * DAY;
  expect((await fetch(`${first.origin}/e?_k=site&_p=bob&_n=Old&_t=${old}&_d=1`)).status).toBe(200);
  const names = async ({ origin }: { origin: string }): Promise<unknown> => {
    const response = await fetch(`${origin}/api/v1/reports/names?key=site`);
    return response.status === 200 ? ((await response.json()) as { events: unknown[] }).events.length : 'not yet';
  };
  await expect.poll(() => names(first)).toBe(1);
  await end(first);

  const clock = join(data, 'kmq.clock');
  expect(existsSync(clock)).toBe(true);
  utimesSync(clock, old, old);
  const doubtful = await serve(['--data', data, '--config', config]);
  await expect.poll(() => doubtful.log.join('\n')).toContain('the clock of this machine has jumped ahead');
  await expect.poll(() => names(doubtful)).toBe(1);
  expect(await clientOf(doubtful.origin).export()).toHaveLength(1);
  await end(doubtful);

  const now = Date.now() / 1000;
  utimesSync(clock, now, now);
  const sure = await serve(['--data', data, '--config', config]);
  await expect.poll(() => clientOf(sure.origin).export()).toEqual([]);
  await expect.poll(() => names(sure)).toBe(0);
  await end(sure);
});
