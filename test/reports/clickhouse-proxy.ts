import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** Something in front of ClickHouse, such as a load balancer. @param change changes the address of each request */
export async function proxyOf(url: string, change: (address: URL) => void): Promise<{ url: string; seen: URL[] }> {
  const { host } = new URL(url.replace('clickhouse:', 'http:'));
  const seen: URL[] = [];
  const server = createServer((asked, answer) => {
    const address = new URL(asked.url!, `http://${host}`);
    seen.push(new URL(address));
    change(address);
    const passed = request(address, { method: asked.method!, headers: asked.headers }, (response) => {
      answer.writeHead(response.statusCode!, response.headers);
      response.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    asked.pipe(passed);
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  onTestFinished(() => void server.close());
  return { url: url.replace(host, `127.0.0.1:${(server.address() as AddressInfo).port}`), seen };
}
