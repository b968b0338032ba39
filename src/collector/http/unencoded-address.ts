import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { REQUEST_BYTES } from '../../protocol/limits.js';
import type { Heads } from './heads.js';
import { latestOf } from './latest-request.js';
import { afterEarlier } from './raw-answer.js';

/** The parser's errors for a request line whose URL contains characters that must be percent-encoded. */
const ADDRESS_FAULTS = new Set(['HPE_INVALID_URL', 'HPE_INVALID_CONSTANT', 'HPE_INVALID_VERSION']);

const LINE = /^(GET|POST|HEAD|OPTIONS) ([^\r\n]+) (HTTP\/1\.[01]\r\n)$/;
/** An incomplete request line. */
const BEGINNING = /^(GET|POST|HEAD|OPTIONS) [^\r\n]+\r?$/;
const LF = 10;

/** The error that node:http reports for a request that its parser could not read. */
export type ParseError = Error & { code: string; rawPacket?: unknown; bytesParsed?: number };

/**
 * The rest of a connection, beginning with a request whose URL had to be percent-encoded (RFC 3986, section 2). It is passed
 * to node:http as a new connection, so that all rules apply to it. Only the URL is
 * corrected. The lines after it define where the request ends, and node:http parses them strictly.
 */
class Mended extends Duplex {
  /** The request whose URL was corrected. */
  first: IncomingMessage | undefined;
  readonly remoteAddress: string | undefined;
  readonly encrypted: boolean;
  /** The packets of the line to correct, until the line is complete. */
  private line: Buffer[] | undefined = [];
  private waiting = 0;
  private uncounted = 0;
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
    if (socket.readableEnded) this.onEnd();
  }

  /**
   * Stops reading, since another Mended reads the rest of the connection.
   * @returns what this one has received and not passed on, because it waited for the answers to earlier requests
   */
  release(): Buffer[] {
    this.released = true;
    this.socket.off('data', this.onData).off('end', this.onEnd).off('close', this.onClose);
    const unread: Buffer[] = [];
    for (let chunk; (chunk = this.read() as Buffer | null);) unread.push(chunk);
    return unread;
  }

  /** Counts an incomplete line as part of an incomplete head, once node:http has this connection. */
  count(): void {
    if (this.line && this.heads.grow(this, this.uncounted)) this.uncounted = 0;
  }

  /** As on a socket: node:http uses it to end idle connections. */
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
    this.uncounted += chunk.length;
    if (!end && this.waiting < REQUEST_BYTES) {
      this.count();
      return true;
    }
    const line = mendLine(Buffer.concat(this.line));
    this.line = undefined;
    this.heads.pass(this);
    return this.push(end ? Buffer.concat([line, chunk.subarray(end)]) : line);
  }
}

/** Corrects a request line. Other text is not changed, so that node:http refuses it again. */
function mendLine(line: Buffer): Buffer {
  const [, method, address, rest] = LINE.exec(line.toString('latin1')) ?? [];
  if (!address) return line;

  const encoded = address.replace(/[\0-\x20\x7f-\xff]/g, (letter) => {
    return `%${letter.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`;
  });
  return Buffer.from(`${method} ${encoded} ${rest}`, 'latin1');
}

/** Whether the URL of a request was corrected. It must be called for each request of a connection, in their order. */
export function isMended(request: IncomingMessage): boolean {
  const { socket } = request as { socket: object };
  // Called for every hit: this is faster than `instanceof`.
  return socket.constructor === Mended && ((socket as Mended).first ??= request) === request;
}

const left = new WeakSet<Duplex>();

/** Whether the rest of a connection was passed to a Mended: then errors of the connection itself do not count any more. */
export function isLeft(stream: Duplex): boolean {
  return left.has(stream);
}

/**
 * Reads a request again after percent-encoding its URL, and everything after it on its connection.
 * @returns false if the parser failed for another reason, or if it is not known where the request begins
 */
export function readMended(error: ParseError, stream: Duplex, heads: Heads): boolean {
  if (!ADDRESS_FAULTS.has(error.code) || !Buffer.isBuffer(error.rawPacket)) return false;
  // It was corrected once, and is still not valid.
  if (stream instanceof Mended && !stream.first) return false;
  const owner = heads.serverOf(stream);
  const read = heads.unread(stream, error.rawPacket);
  const beginning = read && latestOf(read.bytes, read.before + (error.bytesParsed ?? 0));
  if (!owner || !beginning || !mayBeMended(beginning)) return false;

  left.add(stream);
  heads.leave(stream);
  // The listeners of the parser, which has failed and reads no more.
  stream.removeAllListeners('data');
  const socket = stream instanceof Mended ? stream.socket : (stream as Socket);
  const unread = stream instanceof Mended ? stream.release() : [];
  const mended = new Mended(socket, heads, Buffer.concat([beginning, ...unread]));
  afterEarlier(stream, () => {
    if (stream instanceof Mended) stream.destroy();
    if (mended.destroyed) return;
    owner.server.emit(owner.event, mended);
    mended.count();
  });
  return true;
}

function mayBeMended(bytes: Buffer): boolean {
  const end = bytes.indexOf(LF) + 1;
  const line = bytes.toString('latin1', 0, end || bytes.length);
  return (end ? LINE : BEGINNING).test(line);
}
