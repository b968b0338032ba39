import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import { countedResponse, type Counts } from '../watch/counts.js';
import { REQUEST_BYTES } from '../../protocol/limits.js';
import type { Gate } from './gate.js';
import type { Heads } from './heads.js';
import { answerOnSocket } from './raw-answer.js';

/** The limits of connections. Times are in milliseconds. */
export interface Timeouts {
  /** From the opening of a connection, or from the first byte of a further request on it, to the end of the request's head. */
  headersTimeout: number;
  /** The same to the end of the request's body. */
  requestTimeout: number;
  /** How often these two limits are checked. */
  connectionsCheckingInterval: number;
  /** After so long without a request, a connection is closed. */
  keepAliveTimeout: number;
  /** A connection whose client does not read its answers is closed after this time, or at the latest after twice as long. */
  unreadTimeout: number;
  maxConnections: number;
}

export const TIMEOUTS: Timeouts = {
  headersTimeout: 20_000,
  // A full batch, a megabyte, at 17 KB/s.
  requestTimeout: 60_000,
  connectionsCheckingInterval: 5000,
  // Longer than the idle timeout of common proxies, so that none of them reuses a connection that is being closed.
  keepAliveTimeout: 72_000,
  unreadTimeout: 60_000,
  maxConnections: 10_000,
};

/** The parts that watch connections. */
interface Watchers {
  heads?: Heads;
  gate?: Gate;
}

/** Makes a server. It closes connections above the limit, and those of senders that are too slow. */
export function createListener(
  listener: RequestListener,
  { maxConnections, unreadTimeout, ...timeouts }: Timeouts,
  counts: Counts,
  tls?: SecureContextOptions,
  { heads, gate }: Watchers = {},
): Server {
  const options = { maxHeaderSize: REQUEST_BYTES, ...timeouts, ServerResponse: countedResponse(counts) };
  const server = tls
    ? (createTlsServer(
        { ...options, ...tls, handshakeTimeout: timeouts.headersTimeout },
        listener,
      ) as unknown as Server)
    : createServer(options, listener);
  server.maxConnections = maxConnections;
  endUnread(server, unreadTimeout);
  // A client that ends its side of the connection after its last request can still read the answer.
  Object.assign(server, { httpAllowHalfOpen: true });
  // Not from the beginning: a connection that its client closes before the TLS handshake would stay open.
  server.on('secureConnection', (socket: TLSSocket) => (socket.allowHalfOpen = true));
  heads?.watch(server);
  gate?.watch(server, tls ? 'secureConnection' : 'connection');
  // Without a listener, node:http would close the connection, and with it the answers to earlier hits.
  server.on('connect', (_request, socket) => answerOnSocket(socket, '405 Method Not Allowed'));
  return server;
}

/** The open connections of each server, with TLS also as those without it. */
const opened = new WeakMap<Server, Set<Socket>>();

/** Closes all connections of a server at once, also those that have not begun TLS, which Node's `closeAllConnections` does not know. */
export function closeConnections(server: Server): void {
  for (const socket of opened.get(server) ?? []) socket.destroy();
}

/** Closes connections whose answers are not read. It checks from time to time, since a timer for each answer would cost more. */
function endUnread(server: Server, interval: number): void {
  const connections = new Set<Socket>();
  opened.set(server, connections);
  const before = new WeakMap<Socket, number>();
  const add = (socket: Socket): void => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  };
  server.on('connection', add).on('secureConnection', add);
  const timer = setInterval(() => {
    for (const socket of connections) {
      const taken = socket.bytesWritten - socket.writableLength;
      if (socket.writableLength > 0 && before.get(socket) === taken) socket.destroy();
      else before.set(socket, taken);
    }
  }, interval).unref();
  server.once('close', () => clearInterval(timer));
}

/**
 * Closes a connection after the answer to a request of HTTP/1.0 with `Transfer-Encoding`, and ignores what follows on it. That version
 * does not know chunks: a proxy in between may have seen another end of the request, so what follows may not come from the sender that
 * the proxy means (https://www.rfc-editor.org/rfc/rfc9112#section-6.1).
 */
function endAfterChunks(listener: RequestListener): RequestListener {
  const ended = new WeakSet<Socket>();
  return (request, response) => {
    const { socket } = request;
    // What has arrived together with such a request is parsed before the answer closes the connection.
    if (ended.has(socket)) return void request.resume();
    if (request.httpVersionMinor === 0 && request.headers['transfer-encoding'] !== undefined) {
      response.shouldKeepAlive = false;
      ended.add(socket);
    }
    listener(request, response);
  };
}

/** All servers of a collector: a host name may have two addresses, and each gets its own server. */
export class Listeners {
  private readonly opened: Server[] = [];
  private readonly secured: TlsServer[] = [];

  constructor(
    private readonly timeouts: Timeouts,
    private readonly counts: Counts,
    private readonly tls?: SecureContextOptions,
    private readonly watchers?: Watchers,
  ) {}

  /** All servers; later ones are added to this list. */
  get servers(): readonly Server[] {
    return this.opened;
  }

  /** The servers with TLS. */
  get tlsServers(): readonly TlsServer[] {
    return this.secured;
  }

  open(listener: RequestListener): Server {
    const server = createListener(endAfterChunks(listener), this.timeouts, this.counts, this.tls, this.watchers);
    this.add(server);
    if (this.tls) this.secured.push(server as unknown as TlsServer);
    return server;
  }

  /**
   * Listens without TLS as well, on the addresses that are open with TLS. Port 0 is any free one, the same for all addresses.
   * @throws Error if none is open with TLS, or the port is not available
   * @returns the port
   */
  async openPlain(port: number): Promise<number> {
    const open = this.secured.filter((server) => server.listening);
    if (!open.length) throw new Error('A port without TLS needs a port with TLS, and none is open.');
    for (const secured of open) {
      const [listener] = secured.listeners('request') as RequestListener[];
      const server = createListener(listener!, this.timeouts, this.counts, undefined, this.watchers);
      this.add(server);
      server.listen({ host: (secured.address() as AddressInfo).address, port });
      await once(server, 'listening');
      port = (server.address() as AddressInfo).port;
    }
    return port;
  }

  /** Adds a server, with a handler for malformed requests: Fastify adds its handler only to the first one. */
  private add(server: Server): void {
    const [first] = this.opened;
    for (const listener of first?.listeners('clientError') ?? []) server.on('clientError', listener as () => void);
    this.opened.push(server);
  }
}
