import { once } from 'node:events';
import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';

/**
 * Ports for servers that are told theirs. They are below those that the system gives to connections and to servers without a port
 * (Linux: from 32768, https://docs.kernel.org/networking/ip-sysctl.html; RFC 6335: from 49152): such a connection could take the
 * port before its server has started, or while the server is restarted. Each process of tests has a thousand.
 */
const FIRST_PORT = 20_000 + 1_000 * (Number(process.env.VITEST_POOL_ID ?? 0) % 12);

/** A port on which nobody listens. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + randomInt(1_000);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port);
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  await new Promise((resolve) => server.close(resolve));
  return true;
}
