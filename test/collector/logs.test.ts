import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/collector.js';

/** A separate process, which writes nothing but its log. A page of it fails when a client requests it. */
const PROGRAM = `
  const { createCollector } = await import('./server/lib/collector/server.js');
  const app = await createCollector({ data: process.argv[1], token: 'secret-token-of-it', trustedProxies: ['loopback'] });
  app.get('/api/v1/fails/:identity', async (request) => {
    // As the framework does it where its own levels let it.
    request.log.error({ req: request }, 'asked');
    throw new Error('It has failed.');
  });
  const origin = await app.listen({ port: 0 });
  const headers = { 'x-forwarded-for': '198.51.100.77', cookie: 'km_ni=ann@example.com' };
  const ask = (path, more) => fetch(origin + path, { headers: { ...headers, ...more } });
  await ask('/api/v1/fails/bob@example.com?key=site', { authorization: 'Bearer secret-token-of-it' });
  await ask('/live?key=site&id=bob@example.com');
  await ask('/e?_k=site&_p=bob@example.com&_n=x');
  await ask('/api/v1/people/bob@example.com?key=site', { authorization: 'Bearer secret-wrong-one' });
  await app.close();
`;

test('the log says what failed, and nothing about the client: no address, identity, cookie or token', async () => {
  const run = await promisify(execFile)('node', ['--input-type=module', '-e', PROGRAM, await temporaryFolder()]);
  const log = run.stdout + run.stderr;
  expect(log).toContain('It has failed.');
  expect(log).toContain('/api/v1/fails/:identity');
  for (const secret of ['bob', 'ann', 'example.com', '198.51', '127.0.0.1', 'secret', 'kmq_session']) {
    expect(log).not.toContain(secret);
  }
});
