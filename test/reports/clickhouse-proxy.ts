import { createServer, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { onTestFinished } from 'vitest';

/** An answer instead of that of ClickHouse. */
export interface Refusal {
  status: number;
  body: string;
  headers?: Record<string, string>;
  /** A statement that ClickHouse gets all the same, and whose answer is lost. */
  passes?: string;
}

/** A connection that is reset. */
export interface Reset {
  reset: true;
  /** A statement that ClickHouse gets all the same. */
  passes?: string;
}

type Rewritten = string | Refusal | Reset;

/**
 * Something in front of ClickHouse, such as a load balancer.
 * @param change changes the address of each request, or returns the name of a setting that is refused as ClickHouse refuses it
 * @param rewrite changes each statement, or answers it, or never does, or resets its connection
 * @param compresses whether answers are compressed, although nobody has asked for that
 */
export async function proxyOf(
  url: string,
  change: (address: URL) => string | void,
  rewrite?: (statement: string, address: URL, socket: Socket) => Rewritten | Promise<Rewritten>,
  compresses = false,
): Promise<{ url: string; seen: URL[] }> {
  const { host } = new URL(url.replace('clickhouse:', 'http:'));
  const seen: URL[] = [];
  const server = createServer((asked, answer) => {
    const address = new URL(asked.url!, `http://${host}`);
    seen.push(new URL(address));
    const unknown = change(address);
    if (unknown !== undefined) {
      asked.resume();
      answer.writeHead(404, { 'X-ClickHouse-Exception-Code': '115' });
      return void answer.end(
        `Code: 115. DB::Exception: Unknown setting '${unknown}'. (UNKNOWN_SETTING) (version 26.7.1.1)\n`,
      );
    }
    const { 'content-length': _, ...headers } = asked.headers;
    const passed = request(
      address,
      { method: asked.method!, headers: rewrite ? headers : asked.headers },
      (response) => {
        if (answer.headersSent || answer.destroyed) return void response.resume();
        const { 'content-length': _, ...others } = response.headers;
        answer.writeHead(
          response.statusCode!,
          compresses ? { ...others, 'Content-Encoding': 'gzip' } : response.headers,
        );
        (compresses ? response.pipe(createGzip()) : response).pipe(answer);
      },
    );
    passed.on('error', () => answer.writableEnded || answer.destroy());
    if (rewrite)
      void text(asked).then(async (statement) => {
        const rewritten = await rewrite(statement, address, asked.socket);
        if (typeof rewritten === 'string') return void passed.end(rewritten);
        if (rewritten.passes !== undefined) passed.end(rewritten.passes);
        else passed.destroy();
        if ('reset' in rewritten) return void asked.socket.resetAndDestroy();
        answer.writeHead(rewritten.status, { 'Content-Type': 'text/plain; charset=UTF-8', ...rewritten.headers });
        answer.end(rewritten.body);
      });
    else asked.pipe(passed);
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  onTestFinished(() => void server.close());
  return { url: url.replace(host, `127.0.0.1:${(server.address() as AddressInfo).port}`), seen };
}

/** A ClickHouse whose user has other defaults. */
export async function withDefaults(url: string, defaults: Record<string, string>): Promise<string> {
  const { url: through } = await proxyOf(url, ({ searchParams }) => {
    for (const [name, value] of Object.entries(defaults)) if (!searchParams.has(name)) searchParams.set(name, value);
  });
  return through;
}
