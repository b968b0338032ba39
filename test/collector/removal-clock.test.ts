import { existsSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Retention } from '../../src/collector/retention.js';
import { createLog } from '../../src/collector/watch/log.js';
import { RemovalClock } from '../../src/collector/watch/removal-clock.js';
import { serve } from '../support/command.js';
import { clientOf, temporaryFolder } from '../support/collector.js';

const HOUR = 3600;
const DAY = 24 * HOUR;
const START = Date.parse('2026-11-30T12:00:00Z') / 1000;

describe('the time by which old hits are removed', () => {
  afterEach(() => void vi.useRealTimers());

  /** A clock that is right at the start, with a last known time. */
  async function check(known: number): Promise<{ clock: RemovalClock; file: string; restart: () => RemovalClock }> {
    const folder = await temporaryFolder();
    const file = join(folder, 'kmq.clock');
    writeFileSync(file, '');
    utimesSync(file, known, known);
    vi.useFakeTimers({ toFake: ['Date', 'performance'], now: START * 1000 });
    return { clock: new RemovalClock(folder), file, restart: () => new RemovalClock(folder) };
  }
  /** Sets the time of day only. `vi.advanceTimersByTime` lets time pass: both clocks go on. */
  const set = (seconds: number) => vi.setSystemTime(seconds * 1000);
  const pass = (seconds: number) => vi.advanceTimersByTime(seconds * 1000);
  const trusted = (seconds: number) => ({ seconds, isDoubted: false });
  const doubted = (seconds: number) => ({ seconds, isDoubted: true });

  test('is that of a clock that goes on as time passes, also if it is set by less than a day', async () => {
    const { clock, file } = await check(START - HOUR);
    for (let hour = 0; hour < 100; hour++) {
      expect(clock.read()).toEqual(trusted(START + hour * HOUR));
      expect(statSync(file).mtimeMs).toBe(Date.now());
      pass(HOUR);
    }
    for (const seconds of [START + 100 * HOUR - DAY, START + 100 * HOUR, START + 100 * HOUR + DAY - 1]) {
      set(seconds);
      expect(clock.read()).toEqual(trusted(seconds));
    }
  });

  test('goes on from the last known one for a day, if the clock jumps ahead and is not set back', async () => {
    const { clock, file } = await check(START - HOUR);
    expect(clock.read()).toEqual(trusted(START));
    set(START + 700 * DAY);
    expect(clock.read()).toEqual(doubted(START));
    pass(DAY - 1);
    expect(clock.read()).toEqual(doubted(START + DAY - 1));
    expect(statSync(file).mtimeMs).toBe(START * 1000);
    pass(1);
    expect(clock.read()).toEqual(trusted(START + 701 * DAY));
    set(START + 720 * DAY);
    expect(clock.read()).toEqual(doubted(START + 701 * DAY));
    set(START + 701 * DAY);
    expect(clock.read()).toEqual(trusted(START + 701 * DAY));
  });

  test('is that of a clock that has jumped ahead after a day, also if the collector is restarted twice a day', async () => {
    const { clock, file, restart } = await check(START - 10 * DAY);
    expect(clock.read()).toEqual(doubted(START - 10 * DAY));
    let hours = 0;
    for (let restarted = restart(); restarted.read().isDoubted; hours++) {
      pass(HOUR);
      if (hours % 12 === 11 && restarted.read().isDoubted) restarted = restart();
    }
    // What an hour of its process has not noted is doubted again.
    expect(hours).toBeGreaterThanOrEqual(24);
    expect(hours).toBeLessThan(28);
    expect(statSync(file).mtimeMs).toBe(Date.now());
  });

  test('is that of such a clock also if the collector is restarted twice an hour', async () => {
    const { restart } = await check(START - 10 * DAY);
    const none = { expire: async () => 0, expireRefusals: async () => 0 };
    const log = createLog('silent');
    for (let halfHour = 0; halfHour < 48; halfHour++) {
      const clock = restart();
      const retention = new Retention(none, none, { sites: {} }, log, clock);
      expect(clock.read().isDoubted).toBe(true);
      pass(HOUR / 2);
      await retention.close();
    }
    expect(restart().read()).toEqual(trusted(START + DAY));
  });

  test('is soon that of a clock that begins in 2020 each morning, until it is set', async () => {
    const { restart } = await check(START - 14 * HOUR);
    for (let morning = START; morning < START + 60 * DAY; morning += DAY) {
      set(1_577_836_800);
      const clock = restart();
      expect(clock.read()).toEqual(doubted(1_577_836_800));
      set(morning);
      expect(clock.read()).toEqual(trusted(morning));
      for (let hour = 1; hour <= 10; hour++) {
        pass(HOUR);
        expect(clock.read()).toEqual(trusted(morning + hour * HOUR));
      }
    }
  });

  test('is that of the clock if nothing is known, and a clock that was not set makes nothing known', async () => {
    const { file, restart } = await check(START - HOUR);
    set(5000);
    expect(restart().read()).toEqual(doubted(5000));
    expect(statSync(file).mtimeMs).toBe((START - HOUR) * 1000);
    set(START);
    expect(new RemovalClock(await temporaryFolder()).read()).toEqual(trusted(START));
  });

  test('is known from before, if the file could not be completed', async () => {
    const { clock, file, restart } = await check(START - HOUR);
    clock.read();
    // As a kill leaves it after the first step of writing.
    writeFileSync(`${file}.new`, '0');
    set(START + 700 * DAY);
    expect(restart().read()).toEqual(doubted(START));
  });
});

test('by a clock that may have jumped ahead, retention removes nothing more, from the store and from reports', async () => {
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
  await expect.poll(() => doubtful.log.join('\n')).toContain('the clock of this machine has jumped: for a day');
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
