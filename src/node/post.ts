import { Agent as HttpAgent, request as httpRequest, type ClientRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** How long an answer may take. */
const REQUEST_TIMEOUT_MS = 15_000;

/** More than any answer of a collector has; whoever says more is none. */
const MOST_ANSWER_BYTES = 65_536;

/** The longest pause that a collector is granted by its Retry-After. */
const LONGEST_RETRY_AFTER_SECONDS = 3600;

/** An answer that acknowledges nothing. */
export class NotTaken extends Error {
  constructor(
    message: string,
    readonly status: number,
    /** Seconds for which the collector wants to be left alone (RFC 9110, section 10.2.3). */
    readonly retryAfter: number,
  ) {
    super(message);
  }

  /** True where it is the request that is at fault, so that the same one again would fare no better. */
  get isRefusal(): boolean {
    return this.status >= 400 && this.status < 500 && ![401, 404, 407, 408, 425, 429].includes(this.status);
  }
}

/** Sends bodies to one address, over connections that are kept open and that hold no process. */
export class Poster {
  private current: ClientRequest | undefined;
  private readonly agent: HttpAgent;

  /** @throws TypeError for what is no address of http or https */
  constructor(private readonly url: URL) {
    if (!/^https?:$/.test(url.protocol)) throw new TypeError(`The collector's address begins with ${url.protocol}`);
    this.agent = url.protocol === 'https:' ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  }

  /**
   * Resolves once the collector has acknowledged the body: with 200 and all of its GIF, which is what tells it from
   * a proxy's page or a hotel's login.
   * @throws NotTaken for another answer, Error where none came
   */
  async post(body: string): Promise<void> {
    try {
      await this.attempt(body);
    } catch (error) {
      // The other side closed an idle connection in the moment in which it was used again:
      // https://nodejs.org/api/http.html#requestreusedsocket
      const { reusedSocket } = this.current ?? {};
      if (!reusedSocket || (error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
      await this.attempt(body);
    }
  }

  /** Breaks off what is on its way. */
  abort(): void {
    this.current?.destroy(new Error('broken off'));
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
        headers: { 'Content-Type': 'text/plain', 'Content-Length': Buffer.byteLength(body) },
      });
      this.current = request;
      const late = () => request.destroy(new Error(`no answer within ${REQUEST_TIMEOUT_MS / 1000} seconds`));
      const timer = setTimeout(late, REQUEST_TIMEOUT_MS).unref();
      const settle = (error?: Error): void => {
        clearTimeout(timer);
        if (error) reject(error);
        else resolve();
      };
      request.on('error', settle);
      // Nothing below settles what another protocol has taken over.
      request.on('close', () => settle(new Error('closed without an answer')));
      request.on('response', (response) => {
        let start = '';
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (start.length < 6) start += chunk.toString('latin1').slice(0, 6);
          if (size > MOST_ANSWER_BYTES) request.destroy(new Error('an answer without end'));
        });
        response.on('error', settle);
        response.on('close', () => settle(response.complete ? undefined : new Error('the answer broke off')));
        response.on('end', () => {
          const { statusCode: status, headers } = response;
          if (status === 200 && start.startsWith('GIF89a')) return settle();
          const where = headers.location ? ` and the address ${headers.location}` : '';
          const what = status === 200 ? 'something that is no GIF, as no collector does' : `${status}${where}`;
          settle(new NotTaken(`answered with ${what}`, status!, retryAfter(headers['retry-after'])));
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
