import type { AcceptedHit } from '../../protocol/interpret.js';
import type { Entry } from '../store/store.js';
import { Buckets } from './buckets.js';
import { isLoopback, networkOf, type Clients, type Sender } from './client.js';

/**
 * Hits a second from one client address. Behind one address can be an office of some thousand people, each of whom makes
 * a hit in a few seconds, or a server that speaks for all of its visitors; a flood is limited to a small part
 * of what a core can take.
 */
export const ADDRESS_RATE = 1000;

/** How far a sender may be ahead of its rate: an outbox that filled while offline is sent at once. */
const BURST_SECONDS = 10;

/**
 * A large hit counts as several: a hit of a megabyte must not cost as little as one of a hundred bytes. A full batch has 2,000
 * hits in a megabyte, and costs its hits.
 */
const BYTES_OF_HIT = 1024;

/** How much one client address, and one key, may send. Who sends more is answered with 429 and asked to come back. */
export class Rates {
  private readonly addresses: Buckets | undefined;
  private readonly keys: Buckets | undefined;

  /**
   * @param addressRate hits a second, as `keyRate`; 0: no limit
   * @param onLimited told of each sender that has to wait, with the code of the limit
   */
  constructor(
    private readonly clients: Clients,
    addressRate: number,
    keyRate: number,
    private readonly onLimited: (code: 'address-rate' | 'key-rate') => void,
  ) {
    for (const [name, rate] of Object.entries({ addressRate, keyRate })) {
      if (!(rate >= 0 && rate < Infinity))
        throw new Error(`${name} must be a number of hits a second; 0 for no limit.`);
    }
    this.addresses = addressRate ? new Buckets(addressRate, BURST_SECONDS) : undefined;
    this.keys = keyRate ? new Buckets(keyRate, BURST_SECONDS) : undefined;
  }

  /**
   * The name under which the sender of a request is charged; undefined if no limit applies. This machine's own address is
   * not limited. Its sender is a program of the owner, or a proxy that is not trusted, and then all visitors would share one
   * limit.
   */
  senderOf(request: Sender): string | undefined {
    if (!this.addresses) return undefined;
    const address = this.clients.addressOf(request);
    return isLoopback(address) ? undefined : networkOf(address);
  }

  /**
   * Charges the sender of a request with its hits, or with its kilobytes where there are more of them.
   * @param hits number of hits in the request, refused ones included; 0 only asks
   * @param bytes of its address and body
   * @returns 0, or the seconds after which to send it again
   */
  chargeSender(sender: string | undefined, hits: number, bytes: number): number {
    const wait = sender === undefined ? 0 : this.addresses!.take(sender, hits && unitsOf(hits, bytes));
    if (wait) this.onLimited('address-rate');
    return wait;
  }

  /** Charges the keys that hits are for, all keys or none. @returns as above */
  chargeKeys(entries: readonly Entry[]): number {
    if (!this.keys) return 0;
    const units = new Map<string, number>();
    for (const entry of entries) {
      if ('hit' in entry) units.set(entry.hit.key, (units.get(entry.hit.key) ?? 0) + unitsOf(1, lengthOf(entry.hit)));
    }
    for (const key of units.keys()) {
      const wait = this.keys.take(key, 0);
      if (wait) {
        this.onLimited('key-rate');
        return wait;
      }
    }
    for (const [key, count] of units) this.keys.take(key, count);
    return 0;
  }
}

function unitsOf(hits: number, bytes: number): number {
  return Math.max(hits, Math.ceil(bytes / BYTES_OF_HIT));
}

/** The characters of a hit, decoded: near enough to its bytes. */
function lengthOf({ person, name, properties }: AcceptedHit): number {
  let length = person.length + (name?.length ?? 0);
  for (const [property, value] of properties) length += property.length + value.length;
  return length;
}
