import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { isLeft } from './unencoded-address.js';

/**
 * Stops and resumes reading from all connections. It is not enough to stop one: a packet may contain a thousand requests, and a
 * thousand connections may each have sent a packet.
 */
export class Gate {
  /** For each connection, the round in which it last sent too much; 0 for never. */
  private readonly connections = new Map<Duplex, number>();
  private readonly stopped = new Set<Duplex>();
  private round = 0;
  /** Since when reading is stopped, by `performance.now()`. */
  private closedAt: number | undefined;
  private closedBeforeMs = 0;

  /** For how many milliseconds reading was stopped so far. */
  get closedMs(): number {
    return this.closedBeforeMs + (this.closedAt === undefined ? 0 : performance.now() - this.closedAt);
  }

  watch(server: Server, event: 'connection' | 'secureConnection'): void {
    server.on(event, (stream: Duplex) => {
      this.connections.set(stream, 0);
      stream.once('close', () => {
        this.connections.delete(stream);
        this.stopped.delete(stream);
      });
      if (this.closedAt !== undefined) this.stop(stream);
    });
  }

  /** @param from the connection that has sent too much, and is still being read */
  close(from: Duplex): void {
    if (this.closedAt === undefined) {
      this.closedAt = performance.now();
      this.round += 1;
      for (const stream of this.connections.keys()) this.stop(stream);
    }
    const last = this.connections.get(from);
    if (last === undefined || last === this.round) return;
    this.connections.set(from, this.round);
    // The parser reads a packet to its end, and then resumes the connection.
    process.nextTick(() => this.closedAt !== undefined && this.stop(from));
  }

  /**
   * Resumes reading from all connections. First come the connections that have not sent too much for the longest time. Among equal
   * ones, the newest come first: otherwise they would always be last.
   */
  open(): void {
    this.closedBeforeMs = this.closedMs;
    this.closedAt = undefined;
    const last = (stream: Duplex): number => this.connections.get(stream) ?? 0;
    const stopped = [...this.stopped].reverse().sort((one, other) => last(one) - last(other));
    this.stopped.clear();
    for (const stream of stopped) stream.resume();
  }

  private stop(stream: Duplex): void {
    if (stream.isPaused() || stream.destroyed || isLeft(stream)) return;
    this.stopped.add(stream);
    stream.pause();
  }
}
