import { Agent as HttpAgent, request as httpRequest, type ClientRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isAcknowledgement, MOST_ACKNOWLEDGEMENT_BYTES } from './acknowledgement.js';

/** How long an answer may take. */
const REQUEST_TIMEOUT_MS = 15_000;

/** How many bytes are read of an answer that is no acknowledgement. It is read so that its connection can be used again. */
const MOST_ANSWER_BYTES = 65_536;

/** The longest pause by a collector's Retry-After that is respected. */
const LONGEST_RETRY_AFTER_SECONDS = 3600;

const STRANGE = 'something that is not the GIF of a collector';

/** An answer that acknowledges nothing. */
export class NotAcknowledged extends Error {
  constructor(
    message: string,
    readonly status: number,
    /** Seconds to wait before the next request, by `Retry-After` (RFC 9110, section 10.2.3). */
    readonly retryAfter: number,
  ) {
    super(message);
  }

  /** True if the fault is in the request, so that the same request would fail again. */
  get isBlock(): boolean {
    return this.status >= 400 && this.status < 500 && ![401, 404, 407, 408, 425, 429].includes(this.status);
  }

  /** True if the collector, or something in front of it, asks for a pause, whatever the hit. */
  get isPause(): boolean {
    return this.retryAfter > 0 || this.status === 429 || this.status === 503;
  }
}

/**
 * Sends bodies to one URL. Its connections are kept open. They do not keep the process running, not even during a request:
 * flushBeforeExit decides how long a process waits for its hits.
 */
export class Poster {
  private current: ClientRequest | undefined;
  private readonly agent: HttpAgent;

  /** @throws TypeError for a URL that is not http or https */
  constructor(private readonly url: URL) {
    if (!/^https?:$/.test(url.protocol))
      throw new TypeError(`The collector's URL must begin with http: or https:, and not with ${url.protocol}`);
    this.agent = url.protocol === 'https:' ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  }

  /**
   * Resolves once the collector has acknowledged the body: with 200 and all of its GIF.
   * @throws NotAcknowledged for any other answer, Error if there was none
   */
  async post(body: string): Promise<void> {
    try {
      await this.attempt(body);
    } catch (error) {
      // The collector closed an idle connection at the moment when it was used again:
      // https://nodejs.org/api/http.html#requestreusedsocket
      const { reusedSocket } = this.current ?? {};
      if (!reusedSocket || (error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
      await this.attempt(body);
    }
  }

  /** Aborts the current request. */
  abort(): void {
    this.current?.destroy(new Error('the request was aborted'));
  }

  close(): void {
    this.agent.destroy();
  }

  private attempt(body: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const send = this.url.protocol === 'https:' ? httpsRequest : httpRequest;
      const request = send(this.url, {
        method: 'POST',
        agent: this.agent,
        headers: {
          'Content-Type': 'text/plain',
          'Content-Length': Buffer.byteLength(body),
          // Without this header a server may compress (https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3).
          'Accept-Encoding': 'identity',
        },
      });
      this.current = request;
      const late = () => request.destroy(new Error(`no answer within ${REQUEST_TIMEOUT_MS / 1000} seconds`));
      const timer = setTimeout(late, REQUEST_TIMEOUT_MS).unref();
      const settle = (error?: Error): void => {
        if (error) reject(error);
        else resolve();
      };
      request.on('socket', (socket) => socket.unref());
      request.on('error', settle);
      request.on('close', () => {
        clearTimeout(timer);
        // After a switch to another protocol, none of the events below is fired.
        settle(new Error('the connection was closed before the answer'));
      });
      request.on('response', (response) => {
        const { statusCode: status, headers } = response;
        const chunks: Buffer[] = [];
        let size = 0;
        // An answer that breaks off may have been an acknowledgement, so it is not judged here. An answer whose status or length
        // shows that it is none is judged at once, since a firewall's page may be very long.
        const reject = (what: string): void =>
          settle(new NotAcknowledged(`answered with ${what}`, status!, retryAfter(headers['retry-after'])));
        if (status !== 200) reject(`${status}${headers.location ? ` and the URL ${headers.location}` : ''}`);
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size <= MOST_ACKNOWLEDGEMENT_BYTES) chunks.push(chunk);
          else reject(STRANGE);
          if (size > MOST_ANSWER_BYTES) request.destroy();
        });
        response.on('error', settle);
        response.on('close', () => settle(response.complete ? undefined : new Error('the answer is incomplete')));
        response.on('end', () => {
          if (isAcknowledgement(headers, Buffer.concat(chunks))) settle();
          else reject(STRANGE);
        });
      });
      request.end(body);
    });
  }
}

/** Seconds, given as their number or as a date. */
function retryAfter(header: string | undefined): number {
  if (!header) return 0;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Math.min(Math.max(seconds || 0, 0), LONGEST_RETRY_AFTER_SECONDS);
}
