import { onTestFinished, vi } from 'vitest';
import { Nodes } from '../../src/collector/store/clickhouse/nodes.js';

/** Runs code before the first matching statement for every node of ClickHouse, as another collector may at that moment. */
export function beforeStatement(pattern: RegExp, work: () => Promise<unknown>): void {
  const spy = vi.spyOn(Nodes.prototype, 'everywhere');
  onTestFinished(() => spy.mockRestore());
  spy.mockImplementation(async function (this: Nodes, statement) {
    if (pattern.test(statement)) {
      spy.mockRestore();
      await work();
    }
    return this.onEach((node) => node.run(statement));
  });
}
