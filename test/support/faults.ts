import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What the proxy does with a request. */
export type Fault =
  /** Answered with this status, and not passed to the collector. */
  | number
  /** Never answered, and not passed to the collector. */
  | 'nothing'
  /** Passed to the collector, and the connection breaks after half of the answer. */
  | 'half'
  /** Passed to the collector, and the connection is reset instead of an answer. */
  | 'reset'
  /** The connection is reset, and nothing is passed to the collector. */
  | 'refused'
  /** Sent to the collector twice, like by a proxy that tries again. */
  | 'replayed'
  /** Passed to the collector late, after so many milliseconds. */
  | { after: number }
  /** Passed to the collector, and its answer is changed. */
  | ((answer: Answer) => Answer)
  /** Answered with this, and not passed to the collector. */
  | { status: number; headers?: Record<string, string>; body?: string | Buffer };

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

export interface Proxy {
  origin: string;
  /** Where requests are sent; another collector may replace one that was killed. */
  target: string;
  /** Called for each request that may have a fault; undefined lets it pass. */
  fault: (path: string, body: string) => Fault | undefined;
  /** Every request that could have a fault, as path and body. */
  requests: { path: string; body: string }[];
  /** Breaks all connections. */
  disconnect: () => void;
}

/**
 * A proxy in front of a collector, which causes the faults of networks.
 * @param isFaulty the paths that may have faults; without it only those of the tracking API: the tracker's script is always delivered
 */
export async function startProxy(target: string, isFaulty = /^\/[esab](\?|$)/): Promise<Proxy> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      if (!isFaulty.test(request.url!)) return stream(request, body, response);
      proxy.requests.push({ path: request.url!, body: body.toString() });
      return suffer(proxy.fault(request.url!, body.toString()), request, body, response);
    });
    request.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const proxy: Proxy = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target,
    fault: () => undefined,
    requests: [],
    disconnect: () => server.closeAllConnections(),
  };
  return proxy;

  function suffer(fault: Fault | undefined, request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    if (typeof fault == 'number') {
      response.writeHead(fault, { 'access-control-allow-origin': '*' }).end();
    } else if (fault === 'refused') {
      request.socket.resetAndDestroy();
    } else if (fault === 'reset') {
      forward(request, body, () => request.socket.resetAndDestroy());
    } else if (fault === 'half') {
      forward(request, body, (answer) => {
        response.writeHead(200, answer.headers);
        response.write(answer.body.subarray(0, answer.body.length / 2), () => request.socket.destroy());
      });
    } else if (fault === 'replayed') {
      forward(request, body, () => forward(request, body, (answer) => pass(answer, response)));
    } else if (typeof fault == 'function') {
      forward(request, body, (answer) => {
        const { 'transfer-encoding': _, 'content-length': _length, ...headers } = answer.headers;
        pass(fault({ ...answer, headers }), response);
      });
    } else if (typeof fault == 'object' && 'status' in fault) {
      response.writeHead(fault.status, fault.headers).end(fault.body);
    } else if (typeof fault == 'object') {
      setTimeout(() => forward(request, body, (answer) => pass(answer, response)), fault.after);
    } else if (fault !== 'nothing') {
      stream(request, body, response);
    }
  }

  function forward(request: IncomingMessage, body: Buffer, then: (answer: Answer) => void): void {
    const { method, url, headers } = request;
    const onward = ask(new URL(url!, proxy.target), { method: method!, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () =>
        then({ status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(chunks) }),
      );
      answer.on('error', () => request.socket.destroy());
    });
    // If the collector is down, the connection breaks without an answer.
    onward.on('error', () => request.socket.destroy());
    onward.end(body);
  }

  /** Passes each part of the answer on when it arrives. */
  function stream(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const { method, url, headers } = request;
    const onward = ask(new URL(url!, proxy.target), { method: method!, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => request.socket.destroy());
    response.on('close', () => onward.destroy());
    onward.end(body);
  }

  function pass({ status, headers, body }: Answer, response: ServerResponse): void {
    response.writeHead(status, headers).end(body);
  }
}
