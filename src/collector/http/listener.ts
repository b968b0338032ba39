import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { countedResponse, type Counts } from '../watch/counts.js';
import { REQUEST_BYTES } from '../../protocol/limits.js';
import type { Gate } from './gate.js';
import type { Heads } from './heads.js';
import { answerOnSocket } from './raw-answer.js';

/** How long senders may take, in milliseconds, and how many may be connected. */
export interface Timeouts {
  /** From the first byte of a connection, or of the next request on it, to the end of the request's head. */
  headersTimeout: number;
  /** To the end of its body. */
  requestTimeout: number;
  /** How often both are looked at. */
  connectionsCheckingInterval: number;
  /** Until a connection is closed on which nothing is asked any more. */
  keepAliveTimeout: number;
  /** After this time, at the latest after twice as long, a connection is closed whose other side does not read its answers. */
  unreadTimeout: number;
  maxConnections: number;
}

export const TIMEOUTS: Timeouts = {
  headersTimeout: 20_000,
  // A full batch, a megabyte, at 17 KB/s.
  requestTimeout: 60_000,
  connectionsCheckingInterval: 5000,
  // Outlasts the idle time of common proxies, so that none reuses a connection that is being closed.
  keepAliveTimeout: 72_000,
  unreadTimeout: 60_000,
  maxConnections: 10_000,
};

/** Who is told of the connections. */
interface Watchers {
  heads?: Heads;
  gate?: Gate;
}

/** A server's socket: connections above the limit and senders that are too slow are closed. */
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
  // A sender that closes its side after its last request may still read the answer.
  Object.assign(server, { httpAllowHalfOpen: true });
  heads?.watch(server);
  gate?.watch(server, tls ? 'secureConnection' : 'connection');
  // Otherwise node:http drops the connection with the answers to earlier hits.
  server.on('connect', (_request, socket) => answerOnSocket(socket, '405 Method Not Allowed'));
  return server;
}

/** Closes connections whose answers are not read. It checks from time to time, since a timer for each answer would cost more. */
function endUnread(server: Server, interval: number): void {
  const connections = new Set<Socket>();
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
 * Ends a connection when its sender ends its side, for answers without an end, such as those of Live: their reader sends nothing for hours,
 * and an ended side means that the reader has gone.
 */
export function endWithSender({ socket }: IncomingMessage, response: ServerResponse): void {
  const end = (): void => void socket.end();
  socket.once('end', end);
  response.once('close', () => socket.off('end', end));
}

/** All servers of a collector: a host name may stand for two addresses, and each has its own server. */
export class Listeners {
  private readonly opened: Server[] = [];
  private readonly secured: TlsServer[] = [];

  constructor(
    private readonly timeouts: Timeouts,
    private readonly counts: Counts,
    private readonly tls?: SecureContextOptions,
    private readonly watchers?: Watchers,
  ) {}

  /** The servers as they come to be. */
  get servers(): readonly Server[] {
    return this.opened;
  }

  /** Those of them that have a certificate. */
  get tlsServers(): readonly TlsServer[] {
    return this.secured;
  }

  open(listener: RequestListener): Server {
    const server = createListener(listener, this.timeouts, this.counts, this.tls, this.watchers);
    this.add(server);
    if (this.tls) this.secured.push(server as unknown as TlsServer);
    return server;
  }

  /**
   * Listens in clear text as well, at the addresses that are open over TLS. A port of 0 is any free one, the same for all.
   * @throws Error where none is open over TLS, and for a port that cannot be had
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

  /** Fastify tells the first alone what to do with what is no HTTP. */
  private add(server: Server): void {
    const [first] = this.opened;
    for (const listener of first?.listeners('clientError') ?? []) server.on('clientError', listener as () => void);
    this.opened.push(server);
  }
}
