import type { TLSSocket } from 'node:tls';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered in clear text as well, beside a port over TLS. */
    clearText?: boolean;
  }
  interface FastifyInstance {
    /**
     * Takes hits without TLS as well, from clients that have no TLS.
     * @param port 0 for any free one
     * @throws Error before `listen`, without TLS, and for a port that cannot be had
     * @returns the port
     */
    listenInClearText(port: number): Promise<number>;
  }
}

const SENTENCE =
  'This port accepts hits and serves the tracker, without TLS. Everything else is at the https URL of this collector.';

/**
 * In a collector with TLS, routes that show people or ask for the token are refused without TLS. There is no redirect to the https address
 * either: others may have read a token that was sent, and a client that is redirected would send it every time.
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
