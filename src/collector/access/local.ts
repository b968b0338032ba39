import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isLoopback } from './client.js';

/** Headers that proxies and tunnels add, some of them by default. */
const OF_PROXIES = /^(forwarded|via|x-(forwarded|real-ip|original|envoy).*|.*-(client|connecting)-ip)$/;

/** As much of a request as says where it comes from and whom it was meant for. */
type Arrived = Pick<IncomingMessage, 'url' | 'httpVersion' | 'rawHeaders' | 'socket'>;

/**
 * Whether a request has come from this machine, for all that can be seen of it. Its address alone does not say so: a proxy
 * speaks for the world, and a name that changes where it leads (DNS rebinding) makes the owner's own browser send what a
 * page of another site asks for.
 *
 * HTTP/1.0 is what nginx speaks to the servers behind it unless told otherwise (before 1.29.7), without a word of the
 * client, and what no browser speaks.
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
 * proxy that hides itself passes this on, too: the pages of a collector behind it ask in vain.
 */
export function isOfLocalPage({ origin, referer }: IncomingHttpHeaders): boolean {
  return [origin, referer].every((address) => {
    if (address === undefined || !/^https?:/i.test(address)) return true;
    return URL.canParse(address) && isLoopbackHost(new URL(address).host);
  });
}

/**
 * Whether a `Host` is a name of this machine that no one else can have lead anywhere: `localhost` and what ends in it
 * (https://www.rfc-editor.org/rfc/rfc6761#section-6.3), or a loopback address as browsers write it.
 */
export function isLoopbackHost(host: string): boolean {
  const [, bracketed, name] = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::\d*)?$/i.exec(host) ?? [];
  if (bracketed !== undefined) return isLoopback(bracketed);
  return name !== undefined && (/^([\w-]+\.)*localhost\.?$/i.test(name) || isLoopback(name.replace(/\.$/, '')));
}
