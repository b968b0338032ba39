import type { Nodes } from './nodes.js';
import { startsOf } from './server-clock.js';
import type { SpoolState } from './spool-database.js';

/** How often to check whether ClickHouse was restarted. */
export const RESTART_CHECK_MS = 10_000;

/** Detects that a node of ClickHouse was restarted: then it may have lost the latest inserts. */
export class RestartDetection {
  /** The time of the last check, by `performance.now()`: the clock may be set back. */
  checkedAt = -Infinity;

  constructor(
    private readonly nodes: Nodes,
    private readonly state: SpoolState,
  ) {}

  get due(): boolean {
    return performance.now() - this.checkedAt >= RESTART_CHECK_MS;
  }

  /** Whether a node was restarted since the last check, which may have been before this process began. */
  async restarted(): Promise<boolean> {
    const now = performance.now();
    const started = await startsOf(this.nodes);
    this.checkedAt = now;
    const known = JSON.parse(this.state.read('started') ?? 'null') as number[] | null;
    const restarted = known?.some((time, node) => Math.abs((started[node] ?? time) - time) > 1) ?? false;
    if (!known || restarted) this.state.write('started', JSON.stringify(started));
    return restarted;
  }
}
