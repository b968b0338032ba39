import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isLoopback } from './client.js';

/** Headers that proxies and tunnels add, some of them by default. */
const OF_PROXIES = /^(forwarded|via|x-(forwarded|real-ip|original|envoy).*|.*-(client|connecting)-ip)$/;

/** The part of a request that says where it comes from and for which host it is. */
type Arrived = Pick<IncomingMessage, 'url' | 'httpVersion' | 'rawHeaders' | 'socket'>;

/**
 * Whether a request comes from this machine, as far as can be seen. Its address alone does not prove it: a proxy passes on requests of
 * everybody, and with a host name whose address changes (DNS rebinding), a page of another site can make the owner's browser send
 * requests.
 *
 * No browser uses HTTP/1.0. nginx before 1.29.7 uses it for servers behind it, unless it is configured otherwise, and adds nothing about
 * the client.
 */
export function isLocal({ url, httpVersion, rawHeaders, socket }: Arrived): boolean {
  // The absolute form has a host of its own (https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2).
  const authority = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i.exec(url!)?.[1] ?? 'localhost';
  if (httpVersion !== '1.1' || !isLoopback(socket.remoteAddress ?? '') || !isLoopbackHost(authority)) return false;
  // Name, value, name, value: of a header that came twice, both.
  return rawHeaders.every((text, index) => {
    if (index % 2) return rawHeaders[index - 1]!.toLowerCase() !== 'host' || isLoopbackHost(text);
    return !OF_PROXIES.test(text.toLowerCase().replaceAll('_', '-'));
  });
}

/**
 * Whether the page that has sent a request says that it was loaded from this machine; true for what no page has sent. A
 * proxy that adds no header passes this header on as well, so the requests of pages behind it are refused.
 */
export function isOfLocalPage({ origin, referer }: IncomingHttpHeaders): boolean {
  return [origin, referer].every((address) => {
    if (address === undefined || !/^https?:/i.test(address)) return true;
    return URL.canParse(address) && isLoopbackHost(new URL(address).host);
  });
}

/**
 * Whether a `Host` is a name of this machine that nobody can point to another address: `localhost` and what ends in it
 * (https://www.rfc-editor.org/rfc/rfc6761#section-6.3), or a loopback address as browsers write it.
 */
export function isLoopbackHost(host: string): boolean {
  const [, bracketed, name] = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::\d*)?$/i.exec(host) ?? [];
  if (bracketed !== undefined) return isLoopback(bracketed);
  return name !== undefined && (/^([\w-]+\.)*localhost\.?$/i.test(name) || isLoopback(name.replace(/\.$/, '')));
}
