import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** Hears of heads of requests that come in several packets. */
export interface HeadListener {
  /** Another packet of a head has come, and it is still not complete. @param memory in bytes, that it takes by now */
  onPart: (stream: Duplex, came: number, memory: number) => void;
  /** It is complete, or could not be read. */
  onEnd: (stream: Duplex) => void;
}

/** What a packet takes besides its bytes: a head may come in as many packets as it has bytes. */
const BUFFER_BYTES = 128;

const NOTHING = Buffer.alloc(0);
const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** node:http's parser of a connection, as far as it is used here. */
interface Parser {
  /** The latest request. */
  incoming: IncomingMessage | null;
  getCurrentBuffer: () => Buffer;
  [callback: number]: ((result: number | Error) => void) | null | undefined;
}

interface Connection {
  server: Server;
  event: 'connection' | 'secureConnection';
  /** The packets of a head that is not complete. */
  packets: Buffer[];
  bytes: number;
  memory: number;
  latest: IncomingMessage | null;
  /** The latest packet ended in the middle of a body. */
  inBody: boolean;
}

/**
 * Keeps the packets of a head until it is complete. node:http does not give access to what it has read, has no bound
 * for all connections together, and a parser that gives up on a head passes on its last packet only.
 *
 * A `data` listener on each socket would do, but then every packet goes through a stream instead of straight into the parser,
 * which costs a fourteenth of all that is done for a hit. So this listens to what the parser reports to node:http after each
 * packet. If a version of Node does that in another way, this is noticed, and only the last packet is known.
 */
export class Heads {
  private readonly connections = new WeakMap<Duplex, Connection>();

  constructor(private readonly listener: HeadListener) {}

  /** Watches all connections of a server, those that are handed to it included. */
  watch(server: Server): void {
    for (const event of ['connection', 'secureConnection'] as const) {
      server.on(event, (stream: Duplex) => this.watchStream(server, event, stream));
    }
  }

  /**
   * All that has come on a connection since the latest packet that began between two requests, when the parser gives up on
   * one: with how many bytes came before that one. Undefined where that is not known.
   */
  unread(stream: Duplex, latest: Buffer): { bytes: Buffer; before: number } | undefined {
    const connection = this.connections.get(stream);
    if (!connection || connection.inBody) return undefined;
    const bytes = Buffer.concat([...connection.packets, latest]);
    return { bytes, before: bytes.length - latest.length };
  }

  /** The server that a connection belongs to, with the event by which it got it. */
  serverOf(stream: Duplex): Pick<Connection, 'server' | 'event'> | undefined {
    return this.connections.get(stream);
  }

  /** A packet of a head that the parser has not been given yet. */
  grow(stream: Duplex, part: Buffer): void {
    const connection = this.connections.get(stream);
    if (connection) this.add(stream, connection, part);
  }

  private watchStream(server: Server, event: Connection['event'], stream: Duplex): void {
    const { parser } = stream as { parser?: Parser };
    // Of TLS, the connection below has none.
    if (!parser) return;
    const connection: Connection = { server, event, packets: [], bytes: 0, memory: 0, latest: null, inBody: false };
    this.connections.set(stream, connection);
    stream.once('close', () => this.forget(stream, connection));
    const name = Object.keys(parser).find((key) => parser[Number(key)]?.name === 'bound onParserExecute');
    if (name === undefined) {
      // What is no system's socket comes through a stream anyway.
      stream.on('data', (packet: Buffer) => this.read(stream, connection, parser, () => packet));
      return;
    }
    const execute = parser[Number(name)]!;
    const packet = (): Buffer => parser.getCurrentBuffer();
    parser[Number(name)] = (result) => {
      if (typeof result === 'number') this.read(stream, connection, parser, packet);
      execute(result);
    };
  }

  /** After each packet, and in most of them is a whole request. */
  private read(stream: Duplex, connection: Connection, { incoming }: Parser, packet: () => Buffer): void {
    // Null: the latest one has been answered, and what came is no other yet.
    if (incoming !== null && incoming !== connection.latest) {
      connection.latest = incoming;
      connection.inBody = !incoming.complete;
      // The packet that ends a head may begin the next.
      const keeps = connection.bytes > 0 && !connection.inBody;
      const part = keeps ? packet() : NOTHING;
      if (!keeps || part.subarray(-4).equals(END_OF_HEAD)) return this.forget(stream, connection);
      connection.packets.push(part);
      this.add(stream, connection, part);
    } else if (connection.inBody) {
      connection.inBody = incoming !== null && !incoming.complete;
    } else {
      const part = packet();
      // Some old clients end a body with an empty line that is not of it.
      if (!connection.bytes && part.every((byte) => byte === 13 || byte === 10)) return;
      connection.packets.push(part);
      this.add(stream, connection, part);
    }
  }

  private add(stream: Duplex, connection: Connection, part: Buffer): void {
    connection.bytes += part.length;
    connection.memory += part.length + BUFFER_BYTES;
    this.listener.onPart(stream, part.length, connection.memory);
  }

  private forget(stream: Duplex, connection: Connection): void {
    if (!connection.bytes) return;
    connection.packets = [];
    connection.bytes = connection.memory = 0;
    this.listener.onEnd(stream);
  }
}
