import type { TLSSocket } from 'node:tls';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Also answered without TLS, if there is an additional port without it. */
    clearText?: boolean;
  }
  interface FastifyInstance {
    /**
     * Opens an additional port that accepts hits without TLS, for clients that have none.
     * @param port 0 for any free one
     * @throws Error before `listen`, if the collector has no TLS, and if the port is not available
     * @returns the port
     */
    listenInClearText(port: number): Promise<number>;
  }
}

const SENTENCE =
  'This port accepts hits and serves the tracker, without TLS. Everything else is at the https URL of this collector.';

/**
 * In a collector with TLS, refuses all routes without `clearText` on the port without TLS: most of them show people or get the
 * token. It does not redirect to https either: others may have read the token in the request, and a client that is redirected would
 * send it each time.
 */
export function refuseInClearText(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404 || request.routeOptions.config.clearText || (request.raw.socket as TLSSocket).encrypted) return;
    return reply
      .code(403)
      .headers({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' })
      .send({ error: SENTENCE });
  });
}
