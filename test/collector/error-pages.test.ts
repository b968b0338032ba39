import fastify from 'fastify';
import { expect, test } from 'vitest';
import { addErrorPages } from '../../src/collector/api/error-pages.js';
import { startCollector } from '../support/collector.js';
import { exchange } from '../support/socket.js';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const EVIL = 'Host: kmq.example.com';

const get = (path: string, ...lines: string[]): string =>
  [`GET ${path} HTTP/1.1`, ...lines, 'Connection: close', '', ''].join('\r\n');

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);

test.each(['/', '/start', '/live?key=site', '/person?key=site&id=bob', '/metrics'])(
  'without a token %s tells a browser on a page which setting is needed, and a program in JSON',
  async (path) => {
    const { port } = await startCollector();
    const page = await exchange(port, get(path, EVIL, `Accept: ${BROWSER}`));
    expect(statusOf(page)).toBe(403);
    expect(page).toMatch(/content-type: text\/html/i);
    expect(page).toMatch(/cache-control: no-store/i);
    expect(page).toMatch(/content-security-policy: default-src 'none'/i);
    expect(page).toMatch(/<h1>Not allowed<\/h1>[^]*<p>Without a token [^]* hidden>[^]*<\/html>/);
    for (const accept of ['Accept: */*', 'Accept: application/json', 'X: none']) {
      const json = await exchange(port, get(path, EVIL, accept));
      expect(statusOf(json)).toBe(403);
      expect(json).toContain('{"error":"Without a token ');
    }
  },
);

test('the API answers every client in JSON', async () => {
  const { port } = await startCollector();
  const answer = await exchange(port, get('/api/v1/export?key=site', EVIL, `Accept: ${BROWSER}`));
  expect(answer).toContain('{"error":"Without a token ');
});

test('an unknown address leads to the overview, also below a base path', async () => {
  for (const basePath of ['', '/stats']) {
    const collector = await startCollector({ basePath });
    const path = `${basePath}/nothing/<b>here`;
    const response = await collector.send(path, { headers: { accept: BROWSER } });
    expect(response.status).toBe(404);
    const html = await response.text();
    expect(html).toContain('<p>There is nothing at this URL.</p>');
    expect(html).toContain(`<a class="wordmark" href="${basePath}/">`);
    expect(html).toContain(`<p class="actions"><a class="button" href="${basePath}/">`);
    expect(html).toContain(`href="${basePath}/dashboard/style.css"`);
    const head = await collector.send(path, { method: 'HEAD', headers: { accept: BROWSER } });
    expect([head.status, await head.text()]).toEqual([404, '']);
    expect(await (await collector.send(path)).json()).toEqual({ error: 'There is nothing at this URL.' });
  }
});

test('a text that an error message quotes is text', async () => {
  const app = fastify();
  addErrorPages(app, 'server/lib/dashboard', '');
  app.get('/', (_request, reply) => reply.code(400).send({ error: `"<b>&$&` }));
  const answer = await app.inject({ url: '/', headers: { accept: BROWSER } });
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([400, 'text/html; charset=utf-8']);
  expect(answer.body).toContain('<p>"&#60;b&#62;&#38;$&#38;</p>');
});
