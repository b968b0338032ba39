import type { Nodes } from './nodes.js';
import type { SpoolState } from './spool-database.js';

/** How often it is looked whether ClickHouse was started again. */
export const RESTART_CHECK_MS = 10_000;

/** Finds out whether a node of ClickHouse was started again: then it may have lost the latest of what it took. */
export class RestartDetection {
  /** When it was last looked, in Unix milliseconds. */
  checkedAt = 0;

  constructor(
    private readonly nodes: Nodes,
    private readonly state: SpoolState,
  ) {}

  get due(): boolean {
    return Date.now() - this.checkedAt >= RESTART_CHECK_MS;
  }

  /** Whether a node was started again since it was last looked, which may have been before this process began. */
  async restarted(): Promise<boolean> {
    const now = Date.now();
    const rows = await this.nodes.rowsEverywhere<{ started: number }>('SELECT toUInt32(now()) - uptime() AS started');
    const started = rows.map(([row]) => row!.started);
    this.checkedAt = now;
    const known = JSON.parse(this.state.read('started') ?? 'null') as number[] | null;
    // The two times of the difference tick apart by a second.
    const restarted = known?.some((time, node) => Math.abs((started[node] ?? time) - time) > 1) ?? false;
    if (!known || restarted) this.state.write('started', JSON.stringify(started));
    return restarted;
  }
}
