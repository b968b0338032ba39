import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6, type Socket } from 'node:net';
import proxyAddr from '@fastify/proxy-addr';

/** The part of a request that says who sent it. */
export interface Sender {
  socket: Socket;
  headers: IncomingHttpHeaders;
}

/** Finds the client of a request, and knows whose headers about it are trusted. */
export interface Clients {
  /** Whether `X-Forwarded-*` headers of a request from this address are trusted. */
  trusts: (address: string, hop: number) => boolean;
  /** The address of the client, without a port; empty if its connection is closed already. */
  addressOf: (request: Sender) => string;
  /**
   * The sender to whom a connection is charged. Undefined if many senders may share the connection. That is so for an address of
   * this machine, since a proxy that is not trusted may send the requests of all visitors; and for a trusted proxy, until the
   * request's headers name the sender.
   */
  holderOf: (request: Sender) => string | undefined;
}

/**
 * @param trusted addresses and CIDR ranges of proxies, or `loopback`, `linklocal`, `uniquelocal`. `X-Forwarded-For` is read
 *   from the right, up to the first address that is not a trusted proxy. The rest is not trusted, since any client can send it
 * @throws Error for a text that is not an address
 */
export function clientsBehind(trusted: readonly string[]): Clients {
  const trusts = trusted.length ? compile(trusted) : () => false;
  const clients: Clients = {
    trusts,
    holderOf(request) {
      const address = clients.addressOf(request);
      return isLoopback(address) || trusts(address, 0) ? undefined : networkOf(address);
    },
    addressOf(request) {
      const peer = plain(request.socket.remoteAddress ?? '');
      if (!request.headers['x-forwarded-for'] || !trusts(peer, 0)) return peer;
      // If a proxy writes something that is not an address, the proxy's own address counts.
      const client = plain(proxyAddr(request as IncomingMessage, trusts));
      return isIP(client) ? client : peer;
    },
  };
  return clients;
}

function compile(trusted: readonly string[]): Clients['trusts'] {
  try {
    return proxyAddr.compile([...trusted]);
  } catch (error) {
    throw new Error(`trusted proxies: ${(error as Error).message}`, { cause: error });
  }
}

/** An address without the IPv6 form that IPv4 has on a dual-stack socket, and without the port that some proxies add. */
function plain(address: string): string {
  if (!address.includes('.')) return address.replace(/^\[(.*)\](:\d+)?$/, '$1');
  return address.replace(/^::ffff:/i, '').replace(/:\d+$/, '');
}

/**
 * All addresses that one sender may control: one address of IPv4, or the IPv6 network with a prefix of 64 bits that a customer gets
 * (https://www.rfc-editor.org/rfc/rfc6177).
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head, tail] = address.split('::', 2) as [string, string?];
  const groups = head ? head.split(':') : [];
  const rest = tail ? tail.split(':') : [];
  if (tail !== undefined) while (groups.length + rest.length < 8) groups.push('0');
  return [...groups, ...rest].slice(0, 4).join(':');
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');
loopback.addSubnet('::ffff:127.0.0.0', 104, 'ipv6');

/** Whether an address is a loopback address, in any notation. False for a host name. */
export function isLoopback(address: string): boolean {
  // Called for every hit. For most addresses the lookup in the BlockList would be the largest part of the cost.
  if (address === '127.0.0.1') return true;
  if (!/^(127\.|[0:])/.test(address)) return false;
  return isIP(address) > 0 && loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
