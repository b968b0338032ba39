import { AGE } from '../../protocol/parameters.js';
import { padded, pushedAtMs } from '../../protocol/hit-id.js';
import { page } from '../page/globals.js';

/** A hit that the collector has not acknowledged. */
export interface Entry {
  /** The hit's id, with OUTBOX in front. It begins with the moment of the push, so that names sort by age. */
  name: string;
  /** Path and query. Each refusal leaves an empty parameter at its end: whoever reads a query passes over those. */
  address: string;
  /** Until when whoever sends it may wait for the answer, in Unix milliseconds; past, anyone may send it. */
  leasedUntilMs: number;
  /** Pushed on this page, and not left by another one. */
  own?: boolean;
  /** localStorage has a copy. */
  stored?: boolean;
  /** It would be lost with this page: the page waits for its answer. */
  unsafe?: boolean;
  /** Attempts that have failed on this page, and refusals before. */
  tries: number;
  /** A request with nothing but this hit has failed: it spoils no other. */
  alone?: boolean;
  /** Refused, and waiting for its next turn. */
  resting?: boolean;
}

/** The original's name for what has not arrived (reference section 4.3), here with the hit's id behind it. */
export const OUTBOX = 'km_uq';

/**
 * What localStorage has of a hit: the end of its lease, then its address. The moment has at least 13 digits, which
 * earlier versions of kmq rely on.
 */
export function toText({ leasedUntilMs, address }: Entry): string {
  return padded(leasedUntilMs) + address;
}

/** The lease and the address in a text of localStorage; nothing where it is not one of ours. */
export function fromText(text: string): Pick<Entry, 'leasedUntilMs' | 'address'> | undefined {
  const found = /^([^/]*)(\/[esa]\?.+)/.exec(text);
  return found ? { leasedUntilMs: +found[1]!, address: found[2]! } : undefined;
}

/** How often the hit was refused while others passed. */
export function refusalsOf({ address }: Pick<Entry, 'address'>): number {
  return /&*$/.exec(address)![0].length;
}

/** The addresses of hits as they are sent, with their age if they had to wait. */
export function linesOf(entries: Entry[]): string[] {
  const now = Date.now();
  return entries.map(({ name, address }) => {
    const seconds = Math.round((now - pushedAtMs(name.slice(OUTBOX.length))) / 1000);
    return address + (seconds > 0 && !page.KM_PLAIN ? `&${AGE}=${seconds}` : '');
  });
}
