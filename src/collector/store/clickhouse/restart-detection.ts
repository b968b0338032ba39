import type { Nodes } from './nodes.js';
import { startsOf, type ServerStart } from './server-clock.js';
import type { SpoolState } from './spool-database.js';

/** How often to check whether ClickHouse was restarted. */
export const RESTART_CHECK_MS = 10_000;

/** What is known of the servers, stored in the spool. */
interface Known {
  /** When each server was started, Unix seconds. */
  starts: Record<string, number>;
  /** The time of a check by the clock of a server, Unix seconds. */
  at: number;
}

/**
 * Detects that a server of ClickHouse was restarted: then it may have lost the latest inserts. Behind a load balancer, another server may answer
 * each time, and has another start.
 */
export class RestartDetection {
  /** The time of the last check, by `performance.now()`: the clock may be set back. */
  checkedAt = -Infinity;
  private latest: Known | undefined;

  /** @param onSeveral called with the names of two servers that have the same address */
  constructor(
    private readonly nodes: Nodes,
    private readonly state: SpoolState,
    private readonly onSeveral: (names: [string, string]) => void = () => undefined,
  ) {}

  get due(): boolean {
    return performance.now() - this.checkedAt >= RESTART_CHECK_MS;
  }

  /** Whether a server was restarted since the last check, which may have been before this process began. */
  async restarted(): Promise<boolean> {
    const now = performance.now();
    const found = await startsOf(this.nodes);
    this.checkedAt = now;
    const known = (this.latest ??= this.read(found));
    const restarted = known !== undefined && found.some((one) => wasStarted(one, known));
    const others = found.filter(({ server }) => known?.starts[server] === undefined);
    if (known && !restarted) for (const { server } of others) this.tellSeveral(server, known);
    const starts = Object.fromEntries(found.map(({ server, started }) => [server, started]));
    this.latest = { starts: { ...known?.starts, ...starts }, at: Math.min(...found.map((one) => one.now)) };
    if (restarted || others.length) this.state.write('servers', JSON.stringify(this.latest));
    return restarted;
  }

  private read(found: readonly ServerStart[]): Known | undefined {
    const stored = this.state.read('servers');
    if (stored !== undefined) return JSON.parse(stored) as Known;
    const earlier = this.state.read('started');
    if (earlier === undefined) return undefined;
    const times = JSON.parse(earlier) as number[];
    const starts = found.map(({ server, started }, address) => [server, times[address] ?? started] as const);
    return { starts: Object.fromEntries(starts), at: 0 };
  }

  private tellSeveral(server: string, { starts }: Known): void {
    const [address, name] = server.split(' ') as [string, string];
    const other = Object.keys(starts).find((one) => one.split(' ')[0] === address);
    if (other !== undefined) this.onSeveral([other.split(' ')[1]!, name]);
  }
}

/** A server with an unknown name counts as restarted if it was started after the last check: a restart may change the name. */
function wasStarted({ server, started }: ServerStart, { starts, at }: Known): boolean {
  const known = starts[server];
  return known === undefined ? started > at : Math.abs(started - known) > 1;
}
