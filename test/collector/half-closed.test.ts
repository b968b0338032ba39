import { connect, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ReportEngine } from '../../src/collector/reports/report-engine.js';
import { createCollector } from '../../src/collector/server.js';
import { certify } from '../support/certificate.js';
import { startCollector, temporaryFolder, type TestCollector } from '../support/collector.js';
import { scrape } from '../support/metrics.js';
import { receivedFrom } from '../support/socket.js';

const REPORT = `/api/v1/reports/names?key=site&q=${encodeURIComponent('{"event": "x"}')}`;

/** Without a token, requests of HTTP/1.0 are refused. */
const TOKEN = 'a-token-of-24-characters';

const head = (path: string, version = '1.1') =>
  `GET ${path} HTTP/${version}\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;

const ANSWERED = /^(HTTP\/1.1 100 Continue\r\n\r\n)*HTTP\/1.1 200 OK[^]*\r\n\r\n./;

/** Sends a request and closes this side of the connection. */
function halfClosed({ port }: { port: number }, request: string): Socket {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  return socket.end(request);
}

/** An engine whose answers the test gives, and that remembers which questions were cancelled. */
function slowEngine() {
  const questions: { cancelled: boolean; answer: () => void }[] = [];
  const engine: ReportEngine = {
    ask: (_kind, _key, _question, signal) =>
      new Promise((resolve, reject) => {
        const question = { cancelled: false, answer: () => resolve(Buffer.from('{"asOf":1}')) };
        questions.push(question);
        signal.addEventListener('abort', () => {
          question.cancelled = true;
          reject(signal.reason as Error);
        });
      }),
  };
  return { engine, questions };
}

describe('a client that has closed its side of the connection is answered', () => {
  test.each(['1.1', '1.0'])('on every route, by HTTP/%s', async (version) => {
    const collector = await startCollector({ token: TOKEN });
    await collector.send('/e?_k=site&_p=bob&_n=x');
    for (const path of ['/healthz', '/api/v1/people?key=site&q=', '/api/v1/export?key=site', '/', '/i.js', '/nothing'])
      expect(await receivedFrom(halfClosed(collector, head(path, version))), path).toMatch(
        path === '/nothing' ? /HTTP\/1.1 404 [^]*There is nothing/ : ANSWERED,
      );
  });

  test('with the collector’s TLS', async () => {
    const folder = await temporaryFolder();
    const app = await createCollector({ data: folder, logLevel: 'silent', tls: certify(folder, 'one.test') });
    onTestFinished(async () => void (await app.close()));
    await app.listen({ host: '127.0.0.1', port: 0 });
    for (const path of ['/healthz', '/e?_k=site&_p=bob&_n=x']) {
      const { port } = app.server.address() as AddressInfo;
      const below = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      const socket = connectTls({ socket: below, rejectUnauthorized: false });
      const answer = receivedFrom(socket);
      socket.end(head(path));
      expect(await answer, path).toMatch(ANSWERED);
    }
  });

  test('but not before the TLS handshake: such a connection is closed', async () => {
    const folder = await temporaryFolder();
    const app = await createCollector({ data: folder, logLevel: 'silent', tls: certify(folder, 'one.test') });
    onTestFinished(async () => void (await app.close()));
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    expect(await receivedFrom(halfClosed({ port }, ''))).toBe('');
  });

  test('however long the answer takes', async () => {
    const { engine, questions } = slowEngine();
    const collector = await startCollector({}, undefined, engine);
    const socket = halfClosed(collector, head(REPORT));
    let received = '';
    socket.on('data', (data) => (received += data.toString()));
    // Several probes, which prove nothing about a client that reads.
    await expect.poll(() => received).toMatch(/^(HTTP\/1.1 100 Continue\r\n\r\n){3}$/);
    expect(questions).toMatchObject([{ cancelled: false }]);
    questions[0]!.answer();
    await expect.poll(() => received).toMatch(/Continue\r\n\r\nHTTP\/1.1 200 OK\r\n[^]*\r\n\r\n{"asOf":1}$/);
    await expect.poll(() => socket.destroyed).toBe(true);
  });

  test('also to the requests before the last one', async () => {
    const { engine, questions } = slowEngine();
    const collector = await startCollector({}, undefined, engine);
    const answers = receivedFrom(halfClosed(collector, head(REPORT) + head('/healthz').repeat(20) + head(REPORT)));
    await expect.poll(() => questions.length).toBe(2);
    for (const { answer } of questions) answer();
    const statuses = [...(await answers).matchAll(/HTTP\/1.1 (?!100)(\d+)/g)].map(([, status]) => status);
    expect(statuses).toEqual(Array<string>(22).fill('200'));
  });

  test('with the hits of Live as they arrive', async () => {
    const collector = await startCollector();
    const socket = halfClosed(collector, head('/api/v1/live?key=site'));
    let received = '';
    socket.on('data', (data) => (received += data.toString()));
    await expect.poll(() => received.match(/^: $/gm)?.length).toBeGreaterThan(2);
    await collector.send('/e?_k=site&_p=bob&_n=later');
    await expect.poll(() => received).toContain('"later"');
  });
});

describe('the work for a client that has gone ends', () => {
  /** A client that closes the connection as a browser does: the system says no more than for one that reads. */
  async function gone({ port }: TestCollector, request: string, isWorking: () => unknown): Promise<void> {
    const socket = connect({ port, host: '127.0.0.1' });
    onTestFinished(() => void socket.destroy());
    socket.write(request);
    await expect.poll(isWorking).toBeTruthy();
    socket.destroy();
  }

  test.each(['1.1', '1.0'])('on a report, by HTTP/%s', async (version) => {
    const { engine, questions } = slowEngine();
    const collector = await startCollector({ token: TOKEN }, undefined, engine);
    await gone(collector, head(REPORT, version), () => questions.length);
    await expect.poll(() => questions[0]!.cancelled).toBe(true);
  });

  test('on Live', async () => {
    const collector = await startCollector();
    const readers = async () => (await scrape(collector.origin)).get('kmq_live_readers');
    await gone(collector, head('/api/v1/live?key=site'), readers);
    await expect.poll(readers).toBe(0);
  });
});
