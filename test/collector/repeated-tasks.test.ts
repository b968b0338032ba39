import { describe, expect, test, vi } from 'vitest';
import { RepeatedTasks, type Task } from '../../src/collector/store/clickhouse/repeated-tasks.js';
import { Unavailable } from '../../src/collector/store/clickhouse/unavailable.js';
import { Turns } from '../../src/collector/store/model/turns.js';

/** Tasks that are removed when they succeed. @param run what a task does, by its id */
function repeated(ids: string[], run: (id: string) => Promise<void>, begin = () => Promise.resolve(0)) {
  const left = new Set(ids);
  const errors: string[] = [];
  const tried: string[] = [];
  const taskOf = (id: string): Task => ({
    id,
    run: async () => {
      tried.push(id);
      await run(id);
      left.delete(id);
    },
  });
  const end = vi.fn(() => Promise.resolve());
  const tasks = new RepeatedTasks({
    tasks: () => [...left].map(taskOf),
    ...{ turns: new Turns(), begin, end },
    onError: (error) => errors.push((error as Error).message),
  });
  return { tasks, left, errors, tried, end };
}

describe('tasks that are attempted until they succeed', () => {
  const silent = (): Promise<never> => Promise.reject(new Unavailable('ClickHouse does not answer (Timeout error.).'));

  test('go on after one to which ClickHouse gives no answer, which is said once and comes last', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const { tasks, left, errors, tried } = repeated(['large', 'ann', 'bob'], (id) =>
      id === 'large' ? silent() : Promise.resolve(),
    );
    tasks.attempt();
    await vi.advanceTimersByTimeAsync(1);
    expect([...left]).toEqual(['large']);
    // After 5, 10 and 20 seconds more.
    await vi.advanceTimersByTimeAsync(36_000);
    expect(tried).toEqual(['large', 'ann', 'bob', 'large', 'large', 'large']);
    expect(errors).toEqual(['ClickHouse does not answer (Timeout error.).']);
    tasks.stop();
  });

  test('wait together if ClickHouse cannot be reached, and each attempt has an end', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    let isThere = true;
    const { tasks, left, errors, tried, end } = repeated(
      ['ann', 'bob'],
      () => {
        isThere = false;
        return silent();
      },
      () => (isThere ? Promise.resolve(0) : silent()),
    );
    tasks.attempt();
    await vi.advanceTimersByTimeAsync(1);
    // That ClickHouse cannot be reached is said by the forwarder.
    expect([left.size, errors, tried]).toEqual([2, [], ['ann']]);
    expect(end).toHaveBeenCalledTimes(1);
    tasks.stop();
  });

  test('begin no further one after a stop', async () => {
    const { tasks, left, tried } = repeated(['ann', 'bob', 'eve'], () => {
      tasks.stop();
      return Promise.reject(new Error('The collector is stopping.'));
    });
    tasks.attempt();
    await expect.poll(() => tried).toEqual(['ann']);
    expect(left.size).toBe(3);
  });
});
