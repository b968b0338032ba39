import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { afterChunks, nextRequest } from './latest-request.js';

/** Is told about request heads that arrive in several packets. */
export interface HeadListener {
  /** More of an incomplete head has arrived. @param came its bytes @param memory bytes that the whole head uses by now */
  onPart: (stream: Duplex, came: number, memory: number) => void;
  /** The head is complete; or its connection was closed, or another stream reads it from now on. */
  onEnd: (stream: Duplex) => void;
}

/** The memory of a packet besides its bytes. It counts, since a head may arrive in as many packets as it has bytes. */
const BUFFER_BYTES = 128;

const NOTHING = Buffer.alloc(0);

/** The parser calls its member with this number when a request begins. node:http has no function there. */
const ON_BEGIN = 0;

/** The members of node:http's parser of a connection that are used here. */
interface Parser {
  /** The latest request. */
  incoming: IncomingMessage | null;
  getCurrentBuffer: () => Buffer;
  /** Whether it reads the connection itself, and not through a stream. */
  _consumed?: boolean;
  [callback: number]: ((result: number | Error) => unknown) | null | undefined;
}

interface Packet {
  length: number;
  /** Copies them, unless a stream has read the packet. */
  bytes: () => Buffer;
}

interface Connection {
  server: Server;
  event: 'connection' | 'secureConnection';
  /** The packets of an incomplete head. */
  packets: Buffer[];
  bytes: number;
  memory: number;
  latest: IncomingMessage | null;
  /** The request before the one that began last. */
  followed: IncomingMessage | null;
  /** The latest packet ended in the middle of a body. */
  inBody: boolean;
  /** How many bytes of this body have not arrived; undefined for a body in chunks. */
  bodyLeft: number | undefined;
}

/**
 * Keeps the packets of each request head until it is complete. node:http gives no access to the bytes that it has read, has no
 * limit for all connections together, and passes only the last packet of a head that it cannot parse.
 *
 * A `data` listener on each socket would work, but then every packet goes through a stream instead of directly into the parser,
 * which costs a fourteenth of all work for a hit. So this listens to what the parser reports to node:http after each
 * packet. If a version of Node reports nothing, a `data` listener is used.
 */
export class Heads {
  private readonly connections = new WeakMap<Duplex, Connection>();

  constructor(private readonly listener: HeadListener) {}

  /** Watches all connections of a server, also those that are passed to it by `emit`. */
  watch(server: Server): void {
    for (const event of ['connection', 'secureConnection'] as const) {
      server.on(event, (stream: Duplex) => this.watchStream(server, event, stream));
    }
  }

  /**
   * For a request that the parser could not parse.
   * @param latest the packet in which the parser failed
   * @returns `bytes`: all bytes of the connection since the last packet that began between two requests; `before`: how many of them
   *   came before `latest`. Undefined if that is not known
   */
  unread(stream: Duplex, latest: Buffer): { bytes: Buffer; before: number } | undefined {
    const connection = this.connections.get(stream);
    if (!connection || connection.inBody) return undefined;
    const bytes = Buffer.concat([...connection.packets, latest]);
    return { bytes, before: bytes.length - latest.length };
  }

  /** The server of a connection, and the event by which the server got it. */
  serverOf(stream: Duplex): Pick<Connection, 'server' | 'event'> | undefined {
    return this.connections.get(stream);
  }

  /** Counts bytes of a head that the parser has not been given yet. @returns false if the connection is not watched yet */
  grow(stream: Duplex, bytes: number): boolean {
    const connection = this.connections.get(stream);
    if (connection) this.add(stream, connection, bytes);
    return connection !== undefined;
  }

  /** The bytes that `grow` has counted are given to the parser now, and count as its packets. */
  pass(stream: Duplex): void {
    const connection = this.connections.get(stream);
    if (connection) connection.memory = 0;
  }

  /** What arrives on the connection from now on is read through another stream, which is watched instead. */
  leave(stream: Duplex): void {
    const connection = this.connections.get(stream);
    if (connection) this.forget(stream, connection);
    this.connections.delete(stream);
  }

  private watchStream(server: Server, event: Connection['event'], stream: Duplex): void {
    const { parser } = stream as { parser?: Parser };
    // The TCP connection below TLS has no parser.
    if (!parser) return;
    const connection: Connection = {
      ...{ server, event, packets: [], bytes: 0, memory: 0 },
      ...{ latest: null, followed: null, inBody: false, bodyLeft: 0 },
    };
    this.connections.set(stream, connection);
    parser[ON_BEGIN] ??= () => void (connection.followed = parser.incoming);
    stream.once('close', () => this.forget(stream, connection));
    const name = Object.keys(parser).find((key) => parser[Number(key)]?.name === 'bound onParserExecute');
    if (name === undefined || !parser._consumed) {
      // Such as a connection that is no socket of the system: node:http reads it through a stream anyway.
      stream.on('data', (packet: Buffer) => {
        if (this.connections.has(stream))
          this.read(stream, connection, parser, { length: packet.length, bytes: () => packet });
      });
      return;
    }
    const execute = parser[Number(name)]!;
    const bytes = (): Buffer => parser.getCurrentBuffer();
    parser[Number(name)] = (result) => {
      if (typeof result === 'number') this.read(stream, connection, parser, { length: result, bytes });
      execute(result);
    };
  }

  /** Called after each packet. Most packets contain a whole request. */
  private read(stream: Duplex, connection: Connection, { incoming }: Parser, packet: Packet): void {
    const { inBody } = connection;
    // Null: the latest request was answered, and the next one is incomplete.
    const isComplete = incoming?.complete ?? true;
    if (incoming !== null && incoming !== connection.latest) {
      connection.latest = incoming;
      connection.inBody = !isComplete;
      // The packet that ends a request may begin the next one. Most do not, and a copy of each packet would cost too much.
      const isLookedAt = !isComplete || connection.followed === incoming;
      const bytes = isLookedAt ? Buffer.concat([...connection.packets, packet.bytes()]) : NOTHING;
      const next = inBody ? nextAfterBody(bytes, connection.bodyLeft, incoming) : nextRequest(bytes);
      connection.bodyLeft = next === undefined ? undefined : next - bytes.length;
      this.forget(stream, connection);
      if (isComplete && next !== undefined) this.keepBegun(stream, connection, bytes.subarray(next));
    } else if (inBody) {
      connection.inBody = !isComplete;
      if (connection.bodyLeft !== undefined) connection.bodyLeft -= packet.length;
      const { bodyLeft } = connection;
      if (!isComplete || (bodyLeft !== undefined && bodyLeft >= 0)) return;
      const bytes = packet.bytes();
      this.keepBegun(stream, connection, bytes.subarray(bodyLeft ?? afterChunks(bytes)));
    } else if (connection.bytes) {
      this.keep(stream, connection, packet.bytes());
    } else {
      this.keepBegun(stream, connection, packet.bytes());
    }
  }

  /** Keeps the beginning of a head, if there is one: some old clients send an empty line after a body, which belongs to no request. */
  private keepBegun(stream: Duplex, connection: Connection, begun: Buffer): void {
    if (!begun.every((byte) => byte === 13 || byte === 10)) this.keep(stream, connection, begun);
  }

  private keep(stream: Duplex, connection: Connection, part: Buffer): void {
    connection.packets.push(part);
    this.add(stream, connection, part.length);
  }

  private add(stream: Duplex, connection: Connection, bytes: number): void {
    connection.bytes += bytes;
    connection.memory += bytes + BUFFER_BYTES;
    this.listener.onPart(stream, bytes, connection.memory);
  }

  private forget(stream: Duplex, connection: Connection): void {
    if (!connection.bytes) return;
    connection.packets = [];
    connection.bytes = connection.memory = 0;
    this.listener.onEnd(stream);
  }
}

/**
 * As nextRequest, if the packet begins in the body of an earlier request. If that one is in chunks, the result is before the right one
 * if the latest body contains an empty line: nothing shows where the chunks end.
 */
function nextAfterBody(packet: Buffer, bodyLeft: number | undefined, { headers }: IncomingMessage): number | undefined {
  if (bodyLeft !== undefined) {
    const next = nextRequest(packet.subarray(bodyLeft));
    return next === undefined ? undefined : bodyLeft + next;
  }
  if (headers['transfer-encoding'] !== undefined) return undefined;
  return afterChunks(packet) + Number(headers['content-length'] ?? 0);
}
