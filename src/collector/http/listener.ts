import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { countedResponse, type Counts } from '../watch/counts.js';
import { REQUEST_BYTES } from '../../protocol/limits.js';
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
  maxConnections: number;
}

export const TIMEOUTS: Timeouts = {
  headersTimeout: 20_000,
  // A full batch, a megabyte, at 17 KB/s.
  requestTimeout: 60_000,
  connectionsCheckingInterval: 5000,
  // Outlasts the idle time of common proxies, so that none reuses a connection that is being closed.
  keepAliveTimeout: 72_000,
  maxConnections: 10_000,
};

/** A server's socket: connections above the limit and senders that are too slow are closed. */
export function createListener(
  listener: RequestListener,
  { maxConnections, ...timeouts }: Timeouts,
  counts: Counts,
  tls?: SecureContextOptions,
): Server {
  const options = { maxHeaderSize: REQUEST_BYTES, ...timeouts, ServerResponse: countedResponse(counts) };
  const server = tls
    ? (createTlsServer(
        { ...options, ...tls, handshakeTimeout: timeouts.headersTimeout },
        listener,
      ) as unknown as Server)
    : createServer(options, listener);
  server.maxConnections = maxConnections;
  // Else node:http drops the connection, and with it the answers to the hits that came before.
  server.on('connect', (_request, socket) => answerOnSocket(socket as Socket, '405 Method Not Allowed'));
  return server;
}

/** All that a collector listens with: a host name may stand for two addresses, and each has a server of its own. */
export class Listeners {
  private readonly opened: Server[] = [];
  private readonly secured: TlsServer[] = [];

  constructor(
    private readonly timeouts: Timeouts,
    private readonly counts: Counts,
    private readonly tls?: SecureContextOptions,
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
    const server = createListener(listener, this.timeouts, this.counts, this.tls);
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
    if (!open.length) throw new Error('A port in clear text stands beside one over TLS, and none is open.');
    for (const secured of open) {
      const [listener] = secured.listeners('request') as RequestListener[];
      const server = createListener(listener!, this.timeouts, this.counts);
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
