import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { REQUEST_BYTES } from '../../protocol/limits.js';
import type { Heads } from './heads.js';
import { afterEarlier } from './raw-answer.js';

/** What the parser says of a request line whose address has letters in it that must be percent-encoded. */
const ADDRESS_FAULTS = new Set(['HPE_INVALID_URL', 'HPE_INVALID_CONSTANT', 'HPE_INVALID_VERSION']);

const LINE = /^(GET|POST|HEAD|OPTIONS) ([^\r\n]+) (HTTP\/1\.[01]\r\n)$/;
/** Text that may become one. */
const BEGINNING = /^(GET|POST|HEAD|OPTIONS) [^\r\n]+\r?$/;
const LF = 10;

/** What node:http hands over with a request that its parser gave up on. */
export type ParseError = Error & { code: string; rawPacket?: unknown; bytesParsed?: number };

/**
 * The rest of a connection, from a request on whose address had to be percent-encoded (RFC 3986, section 2). It is given
 * to node:http as a connection of its own, so that all rules apply to it. Only the address is
 * corrected. The lines after it say where the request ends, and they are read strictly.
 */
class Mended extends Duplex {
  /** The request whose address was mended. */
  first: IncomingMessage | undefined;
  readonly remoteAddress: string | undefined;
  readonly encrypted: boolean;
  /** The packets of the line to mend, until it is there. */
  private line: Buffer[] | undefined = [];
  private waiting = 0;
  private released = false;

  constructor(
    readonly socket: Socket,
    private readonly heads: Heads,
    beginning: Buffer,
  ) {
    super();
    this.remoteAddress = socket.remoteAddress;
    this.encrypted = 'encrypted' in socket;
    this.feed(beginning);
    socket.on('data', this.onData).on('end', this.onEnd).on('close', this.onClose);
  }

  /** Leaves the connection to another. */
  release(): void {
    this.released = true;
    this.socket.off('data', this.onData).off('end', this.onEnd).off('close', this.onClose);
  }

  /** As a socket's: node:http ends with it what is idle. */
  setTimeout(milliseconds: number): this {
    this.socket.setTimeout(milliseconds);
    return this;
  }

  override pause(): this {
    this.socket.pause();
    return super.pause();
  }

  override resume(): this {
    if (!this.released) this.socket.resume();
    return super.resume();
  }

  override _read(): void {
    if (!this.released && !this.isPaused()) this.socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    if (!this.released) this.socket.destroySoon();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.released) this.socket.destroy();
    done(error);
  }

  private readonly onData = (chunk: Buffer): void => {
    if (!this.feed(chunk)) this.socket.pause();
  };
  private readonly onEnd = (): void => {
    this.push(null);
  };
  private readonly onClose = (): void => {
    this.destroy();
  };

  private feed(chunk: Buffer): boolean {
    if (!this.line) return this.push(chunk);
    const end = chunk.indexOf(LF) + 1;
    this.line.push(end ? chunk.subarray(0, end) : chunk);
    this.waiting += chunk.length;
    if (!end && this.waiting < REQUEST_BYTES) {
      this.heads.grow(this, chunk);
      return true;
    }
    const line = mendLine(Buffer.concat(this.line));
    this.line = undefined;
    return this.push(end ? Buffer.concat([line, chunk.subarray(end)]) : line);
  }
}

/** Does not change text that is not a request line: node:http gives up on it again. */
function mendLine(line: Buffer): Buffer {
  const [, method, address, rest] = LINE.exec(line.toString('latin1')) ?? [];
  if (!address) return line;

  const encoded = address.replace(/[\0-\x20\x7f-\xff]/g, (letter) => {
    return `%${letter.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`;
  });
  return Buffer.from(`${method} ${encoded} ${rest}`, 'latin1');
}

/** Whether the address of a request had to be mended. To be asked for each request of a connection, in their order. */
export function isMended(request: IncomingMessage): boolean {
  const { socket } = request as { socket: object };
  // Asked for every hit, and cheaper than `instanceof`.
  return socket.constructor === Mended && ((socket as Mended).first ??= request) === request;
}

const left = new WeakSet<Duplex>();

/** Whether the rest of a connection was passed to another one: its own errors do not matter any more. */
export function isLeft(stream: Duplex): boolean {
  return left.has(stream);
}

/**
 * Reads a request again whose address had letters in it that must be percent-encoded, with them encoded, and what comes
 * behind it.
 * @returns false where that is not what the parser gave up on, or where it is not known where the request begins
 */
export function readMended(error: ParseError, stream: Duplex, heads: Heads): boolean {
  if (!ADDRESS_FAULTS.has(error.code) || !Buffer.isBuffer(error.rawPacket)) return false;
  // Mended once, and still no request.
  if (stream instanceof Mended && !stream.first) return false;
  const owner = heads.serverOf(stream);
  const unread = heads.unread(stream, error.rawPacket);
  const beginning = unread && latestOf(unread.bytes, unread.before + (error.bytesParsed ?? 0));
  if (!owner || !beginning || !mayBeMended(beginning)) return false;

  left.add(stream);
  const socket = stream instanceof Mended ? stream.socket : (stream as Socket);
  if (stream instanceof Mended) stream.release();
  // The parser's, which has given up, and reads no more.
  else stream.removeAllListeners('data');
  const mended = new Mended(socket, heads, beginning);
  afterEarlier(stream, () => {
    if (stream instanceof Mended) stream.destroy();
    if (!mended.destroyed) owner.server.emit(owner.event, mended);
  });
  return true;
}

function mayBeMended(bytes: Buffer): boolean {
  const end = bytes.indexOf(LF) + 1;
  const line = bytes.toString('latin1', 0, end || bytes.length);
  return (end ? LINE : BEGINNING).test(line);
}

/**
 * The request that a parser gave up on, and what is behind it.
 * @param bytes that begin with a request
 * @param place in them where it gave up: those in front of it have been taken
 * @returns undefined where it is not known how long one in front of it is
 */
function latestOf(bytes: Buffer, place: number): Buffer | undefined {
  let start = 0;
  for (;;) {
    while (bytes[start] === 13 || bytes[start] === LF) start += 1;
    const end = bytes.indexOf('\r\n\r\n', start) + 4;
    if (end === 3 || end > place) return bytes.subarray(start);
    // Its head has been read by the parser, so it has one length and no two.
    const head = bytes.toString('latin1', start, end);
    if (/\ntransfer-encoding:/i.test(head)) return undefined;
    start = end + Number(/\ncontent-length:[ \t]*(\d+)/i.exec(head)?.[1] ?? 0);
  }
}
