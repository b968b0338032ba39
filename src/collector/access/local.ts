import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isLoopback } from './client.js';

/** Headers that proxies and tunnels add, some of them by default. */
const OF_PROXIES = /^(forwarded|via|x-(forwarded|real-ip|original|envoy).*|.*-(client|connecting)-ip)$/;

/** The part of a request that says where it comes from and for which host it is. */
type Arrived = Pick<IncomingMessage, 'url' | 'httpVersion' | 'rawHeaders' | 'socket'>;

/**
 * Whether a request comes from this machine, as far as can be known. Its address alone does not prove it: a proxy forwards
 * requests of anybody, and by DNS rebinding, a page of another site can make the owner's browser send requests.
 *
 * HTTP/1.0 is refused: no browser uses it, but nginx before 1.29.7 forwards requests with it by default, without a header about the
 * client.
 */
export function isLocal({ url, httpVersion, rawHeaders, socket }: Arrived): boolean {
  // A request line in absolute form also contains a host (https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2).
  const authority = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i.exec(url!)?.[1] ?? 'localhost';
  if (httpVersion !== '1.1' || !isLoopback(socket.remoteAddress ?? '') || !isLoopbackHost(authority)) return false;
  // rawHeaders has names and values in turn, and contains both lines of a header that was sent twice.
  return rawHeaders.every((text, index) => {
    if (index % 2) return rawHeaders[index - 1]!.toLowerCase() !== 'host' || isLoopbackHost(text);
    return !OF_PROXIES.test(text.toLowerCase().replaceAll('_', '-'));
  });
}

/**
 * Whether the page that has sent a request was loaded from this machine, by `Origin` or `Referer`. True if no page has sent it.
 * A proxy that adds no headers still forwards these, so the requests of pages behind it are refused.
 */
export function isOfLocalPage({ origin, referer }: IncomingHttpHeaders): boolean {
  return [origin, referer].every((address) => {
    if (address === undefined || !/^https?:/i.test(address)) return true;
    return URL.canParse(address) && isLoopbackHost(new URL(address).host);
  });
}

/**
 * Whether a `Host` is a name of this machine that cannot have another address: `localhost`, a name that ends in `.localhost`
 * (https://www.rfc-editor.org/rfc/rfc6761#section-6.3), or a loopback address as browsers write it.
 */
export function isLoopbackHost(host: string): boolean {
  const [, bracketed, name] = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::\d*)?$/i.exec(host) ?? [];
  if (bracketed !== undefined) return isLoopback(bracketed);
  return name !== undefined && (/^([\w-]+\.)*localhost\.?$/i.test(name) || isLoopback(name.replace(/\.$/, '')));
}
