import { storedTextWithoutData } from './error-text.js';
import type { Tables } from './tables.js';

/** How long mutations may make no progress, in milliseconds; shorter in tests. */
export interface MutationLimits {
  /** ClickHouse repeats a failing mutation for ever, and says why it fails. */
  failing: number;
  /** Longer than ClickHouse may need to write its largest part again. */
  still: number;
}

export const MUTATION_LIMITS: MutationLimits = { failing: 60_000, still: 1_800_000 };

export interface Mutation {
  node: number;
  table: string;
  id: string;
  /** How many parts of the table are left. */
  left: number;
  /** Why the latest attempt failed; empty if it did not. */
  failure: string;
}

/** A mutation does not end. The callers that wait for it try again later. */
export class StuckMutation extends Error {
  readonly statusCode = 503;

  /** @param mutation which one, by `idOf`; empty if somebody has ended it */
  constructor(
    message: string,
    readonly mutation = '',
  ) {
    super(message);
  }
}

/** Notices that mutations make no progress. */
export class Patience {
  private seen = '';
  /** By `performance.now()`: the clock may be set. */
  private movedAt = performance.now();

  constructor(
    private readonly tables: Tables,
    private readonly limits = MUTATION_LIMITS,
  ) {}

  /** Call it now and then, with the mutations that are not completed. @throws StuckMutation, and again after as long a time */
  look(waiting: readonly Mutation[]): void {
    const seen = waiting.map((one) => `${idOf(one)} ${one.left}`).join();
    if (seen !== this.seen) this.movedAt = performance.now();
    this.seen = seen;
    const stood = performance.now() - this.movedAt;
    const failing = waiting.find(({ failure }) => failure !== '');
    const stuck =
      failing && stood >= this.limits.failing ? failing : stood >= this.limits.still ? waiting[0] : undefined;
    if (!stuck) return;
    this.movedAt = performance.now();
    throw new StuckMutation(
      this.sentence(
        stuck,
        (stuck.failure && storedTextWithoutData(stuck.failure)) ||
          `it made no progress for ${Math.round(stood / 60_000)} minutes.`,
      ),
      idOf(stuck),
    );
  }

  private sentence({ table, id }: Mutation, why: string): string {
    const { database } = this.tables;
    const kill = `KILL MUTATION WHERE database = '${database}' AND table = '${table}' AND mutation_id = '${id}'`;
    return (
      `ClickHouse does not complete the mutation ${id} of ${database}.${table}, and later removals wait for it: ${why.slice(0, 500)} ` +
      `Remove this cause, or end the mutation (${kill}). Then kmq continues by itself.`
    );
  }
}

/** Names a mutation among those of all nodes. */
export const idOf = ({ node, table, id }: Pick<Mutation, 'node' | 'table' | 'id'>): string => `${node} ${table} ${id}`;
