import { AGE } from '../../protocol/parameters.js';
import { pushedAtMs } from '../../protocol/hit-id.js';
import { page } from '../page/globals.js';

/** A hit that the collector has not acknowledged. */
export type Entry = [
  /** OUTBOX and the hit's id. The id begins with the time of the push, so that names sort by age. */
  name: string,
  /** Path and query. Each time the hit is blocked, `&` is added at the end, which readers of a query ignore. */
  address: string,
  /**
   * The end of the lease, in Unix milliseconds. Until then the tab that sent the hit waits for the answer; later any tab may send
   * it.
   */
  leasedUntilMs: number,
  /** Failed attempts: how many on this page, plus how often earlier pages found the hit blocked. */
  tries: number,
  /** The hit was sent by a request that ends with this page, so it is sent again when the visitor leaves. */
  isUnsafe?: boolean,
  /** Pushed on this page, and not read from localStorage. */
  isOwn?: boolean,
  callback?: unknown,
  /** How many requests of this page were acknowledged when this hit last failed. */
  passes?: number,
];

export const ADDRESS = 1;
export const LEASED_UNTIL_MS = 2;
export const TRIES = 3;
export const IS_UNSAFE = 4;
export const IS_OWN = 5;
export const CALLBACK = 6;
export const PASSES = 7;

/** The original's name for hits that have not arrived (docs/reference.md#4.3). kmq adds the hit's id. */
export const OUTBOX = 'km_uq';

/** How often the hit was blocked while others were acknowledged. */
export function blocksOf(address: string): number {
  return /&*$/.exec(address)![0].length;
}

/** The URLs of hits as they are sent, with their age if they had to wait. */
export function linesOf(entries: Entry[]): string[] {
  return entries.map(([name, address]) => {
    const seconds = Math.round((Date.now() - pushedAtMs(name, OUTBOX.length)) / 1000);
    return address + (seconds > 0 && !page.KM_PLAIN ? `&${AGE}=${seconds}` : '');
  });
}
