import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { readings, textOf } from './readings.js';

/** The content of a page: headings, paragraphs, lists and links, as many elements as an article has. */
export const CONTENT = Array.from(
  { length: 30 },
  (_, section) => `<section><h2>Section ${section}</h2><p>Some <em>text</em> with <a href="#${section}">a link</a>.</p>
    <ul><li>one</li><li>two</li><li>three</li></ul></section>`,
).join('');

const PAGE = `<!doctype html><html><head><title>Page</title><meta charset="utf-8"><link rel="icon" href="data:,">
  <style>body { font: 16px sans-serif } ul { display: flex }</style></head><body>${CONTENT}</body></html>`;

export const GIF = Buffer.from('R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==', 'base64');

/** A name and no IP address: trackers look for the widest domain that accepts their cookies, as on real sites. */
export const HOST = 'www.example.test';

/**
 * A site of one page on this machine, with the script of one tracker at a time. It accepts and answers all tracking
 * requests, so that nothing leaves the machine.
 */
export async function startSite() {
  let tracker;
  let script;
  let requests = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { origin } = site;
    const path = request.url.split('?')[0];
    response.setHeader('access-control-allow-origin', request.headers.origin ?? '*');
    response.setHeader('access-control-allow-credentials', 'true');
    response.setHeader('access-control-allow-headers', request.headers['access-control-request-headers'] ?? '*');
    response.setHeader('cache-control', 'no-store');
    // Browsers give a precise clock only to cross-origin isolated pages.
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    const answer = (type, body) => response.setHeader('content-type', type).end(body);
    if (path === '/') return answer('text/html; charset=utf-8', PAGE);
    if (path === '/tracker.js') return answer('text/javascript; charset=utf-8', script);
    requests.push(textOf(request, Buffer.concat(chunks)));
    if (request.headers.accept?.startsWith('image/')) return answer('image/gif', GIF);
    answer('application/json', JSON.stringify(tracker.answers?.(origin)[path] ?? {}));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const site = {
    host: HOST,
    origin: `http://${HOST}:${server.address().port}`,
    /** Serves this tracker's script, instead of the one before. */
    use(next) {
      tracker = next;
      script = readFileSync(next.file, 'utf8');
      requests = [];
    },
    /** Whether a request contained the event, in any of the ways in which trackers write it. */
    received: (event) => requests.some((request) => readings(request).some((reading) => reading.includes(event))),
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
  return site;
}
