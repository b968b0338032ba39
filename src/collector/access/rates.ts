import type { AcceptedHit } from '../../protocol/interpret.js';
import type { Entry } from '../store/store.js';
import { Buckets } from './buckets.js';
import { isLoopback, networkOf, type Clients, type Sender } from './client.js';

/**
 * The default limit: hits a second from one client address. An office of some thousand people may share one address, each with
 * a hit every few seconds; or a server may send for all of its visitors. A flood at this rate is a small part
 * of what one core can accept.
 */
export const ADDRESS_RATE = 1000;

/** A sender may send the hits of so many seconds at once, as an outbox does that was filled while the browser was offline. */
const BURST_SECONDS = 10;

/**
 * A hit of more bytes counts as several hits: a megabyte must not count as little as a hundred bytes. A full batch of 2,000
 * hits in a megabyte counts as 2,000.
 */
const BYTES_OF_HIT = 1024;

/** Limits how much one client address, and one key, may send. A request above the limit is answered with 429 and `Retry-After`. */
export class Rates {
  private readonly addresses: Buckets | undefined;
  private readonly keys: Buckets | undefined;

  /**
   * @param addressRate hits a second, like `keyRate`; 0: no limit
   * @param onLimited called for each request that is above a limit, with the code of the limit
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
   * The name under which the sender of a request is charged; undefined if there is no limit. Requests from this machine are not
   * limited: they come from a program of the owner, or from a proxy that is not trusted, and then all visitors would share
   * one limit.
   */
  senderOf(request: Sender): string | undefined {
    if (!this.addresses) return undefined;
    const address = this.clients.addressOf(request);
    return isLoopback(address) ? undefined : networkOf(address);
  }

  /**
   * Charges the sender of a request for its hits, or for its KiB if these are more.
   * @param hits number of hits in the request, refused ones included; 0 to only ask
   * @param bytes of its URL and body
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

/** The decoded characters of a hit, as an estimate of its bytes. */
function lengthOf({ person, name, properties }: AcceptedHit): number {
  let length = person.length + (name?.length ?? 0);
  for (const [property, value] of properties) length += property.length + value.length;
  return length;
}
