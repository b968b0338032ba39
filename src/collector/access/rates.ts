import type { Entry } from '../store/store.js';
import { Buckets } from './buckets.js';
import { isLoopback, networkOf, type Clients, type Sender } from './client.js';

/**
 * Hits a second from one client address. Behind one address can be an office of some thousand people, each of whom makes
 * a hit in a few seconds, or a server that speaks for all of its visitors; one that floods is held to a small part of
 * what a core takes.
 */
export const ADDRESS_RATE = 1000;

/** For how many seconds' worth a sender may be ahead: an outbox that has filled offline goes at once. */
const AHEAD = 10;

/** How much one client address, and one key, may send. Who sends more is asked to come back, and loses nothing. */
export class Rates {
  private readonly addresses: Buckets | undefined;
  private readonly keys: Buckets | undefined;

  /** @param addressRate hits a second, as `keyRate`; 0: no limit */
  constructor(
    private readonly clients: Clients,
    addressRate: number,
    keyRate: number,
  ) {
    for (const [name, rate] of Object.entries({ addressRate, keyRate })) {
      if (!(rate >= 0 && rate < Infinity)) throw new Error(`${name} is a number of hits a second, 0 for no limit.`);
    }
    this.addresses = addressRate ? new Buckets(addressRate, AHEAD) : undefined;
    this.keys = keyRate ? new Buckets(keyRate, AHEAD) : undefined;
  }

  /**
   * Charges the address of a request. This machine's own is not limited: who sends from it is the owner's, or behind a
   * proxy that is not trusted, and then everybody is.
   * @param hits 0 only asks
   * @returns 0, or the seconds after which to send it again
   */
  ofAddress(request: Sender, hits: number): number {
    if (!this.addresses) return 0;
    const address = this.clients.addressOf(request);
    return isLoopback(address) ? 0 : this.addresses.take(networkOf(address), hits);
  }

  /** Charges the keys of what a request holds, all of them or none. @returns as above */
  ofKeys(entries: readonly Entry[]): number {
    if (!this.keys) return 0;
    const hits = new Map<string, number>();
    for (const entry of entries) if ('hit' in entry) hits.set(entry.hit.key, (hits.get(entry.hit.key) ?? 0) + 1);
    for (const key of hits.keys()) {
      const wait = this.keys.take(key, 0);
      if (wait) return wait;
    }
    for (const [key, units] of hits) this.keys.take(key, units);
    return 0;
  }
}
