import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { createServer, request as ask } from 'node:http';
import { pause } from './figures.js';
import { readings, textOf } from './readings.js';
import { CONTENT, GIF, HOST } from './site.js';

/** Numbered events. All names have the same length, so that no name is the beginning of another one. */
const EVENT = /Event [A-Z]\d{4}/g;

export const eventName = (scenario, number) => `Event ${scenario}${String(number).padStart(4, '0')}`;

/**
 * A site whose pages contain one tracker, and a receiver of the tracker's requests. The receiver has a separate port, so that it can
 * be stopped while the site continues.
 * @param collector the collector to which the receiver forwards all requests; without one it answers as the tracker's own server would
 */
export async function startTrackedSite(tracker, collector) {
  const script = readFileSync(tracker.file, 'utf8');
  const pages = createServer((request, response) => {
    const answer = (type, body) => response.setHeader('content-type', `${type}; charset=utf-8`).end(body);
    if (request.url === '/tracker.js') answer('text/javascript', script);
    else answer('text/html', page());
  });
  const receiver = createServer(receive);
  await listen(pages);
  await listen(receiver);
  const { port } = receiver.address();
  const origin = `http://${HOST}:${port}`;

  /** How many requests wait for their answer, and when the last request arrived. */
  let open = 0;
  let last = 0;

  const site = {
    host: HOST,
    origin: `http://${HOST}:${pages.address().port}`,
    /** After how many milliseconds the receiver answers; below, whether it accepts events or answers 503. */
    delay: 0,
    taking: true,
    /** Returns JavaScript for the end of the page. Called for each load. */
    ending: () => '',
    ...fresh(),
    /** Forgets all received events, and restores the defaults. */
    reset: () => Object.assign(site, { delay: 0, taking: true, ending: () => '' }, fresh()),
    /** Waits until the tracker has sent no request for a while. */
    async quiet(milliseconds = 250) {
      last = Math.max(last, Date.now());
      while (open || Date.now() - last < milliseconds) await pause(25);
    },
    /** Closes all connections of the receiver, and refuses new ones. */
    down: () =>
      new Promise((resolve) => {
        receiver.close(resolve);
        receiver.closeAllConnections();
      }),
    up: () => listen(receiver, port),
    stop() {
      for (const server of [pages, receiver]) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
  return site;

  function page() {
    return `<!doctype html><html><head><title>Page</title><meta charset="utf-8"><link rel="icon" href="data:,">
      <script>${tracker.before?.(origin) ?? ''}</script><script src="/tracker.js"></script>
      <script>${tracker.init(origin)}</script></head>
      <body><a id="next" href="/next">Next page</a>${CONTENT}<script>${site.ending()}</script></body></html>`;
  }

  async function receive(request, response) {
    open++;
    response.on('close', () => open--);
    last = Date.now();
    const chunks = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      // The request was incomplete, so its events do not count as received.
      return;
    }
    const body = Buffer.concat(chunks);
    count(textOf(request, body));
    const answer = site.taking && collector ? await forward(request, body) : own(request);
    setTimeout(() => response.writeHead(answer.status, answer.headers).end(answer.body), site.delay);
  }

  /**
   * Counts the events in a request. Of several readings of the request, the one with the most copies of an event counts. Events that
   * are answered with 503 have not arrived.
   */
  function count(text) {
    const copies = new Map();
    for (const reading of readings(text)) {
      const names = reading.match(EVENT) ?? [];
      for (const name of new Set(names))
        copies.set(name, Math.max(copies.get(name) ?? 0, names.filter((other) => other === name).length));
    }
    if (!copies.size) return;
    site.requests++;
    site.news = Date.now();
    if (site.taking) for (const [name, times] of copies) site.copies.set(name, (site.copies.get(name) ?? 0) + times);
  }

  function own(request) {
    const headers = {
      'access-control-allow-origin': request.headers.origin ?? '*',
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '*',
      'access-control-allow-methods': 'GET, POST',
      'cache-control': 'no-store',
    };
    const answer = (status, type, body) => ({ status, headers: { ...headers, 'content-type': type }, body });
    if (request.method === 'OPTIONS') return answer(204, 'text/plain', '');
    if (!site.taking) return answer(503, 'text/plain', 'Service Unavailable');
    if (request.headers.accept?.startsWith('image/')) return answer(200, 'image/gif', GIF);
    const said = tracker.answers?.(origin)[request.url.split('?')[0]] ?? {};
    return answer(200, 'application/json', JSON.stringify(said));
  }

  function forward({ method, url, headers }, body) {
    return new Promise((resolve, reject) => {
      const passed = ask(collector + url, { method, headers }, async (response) => {
        const chunks = [];
        for await (const chunk of response) chunks.push(chunk);
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) });
      });
      passed.on('error', reject).end(body);
    });
  }
}

/** The counts before anything was received: copies of each event, requests with events, and when the last of them arrived. */
const fresh = () => ({ copies: new Map(), requests: 0, news: Date.now() });

function listen(server, port = 0) {
  return new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
}
