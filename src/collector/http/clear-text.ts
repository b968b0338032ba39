import type { TLSSocket } from 'node:tls';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered in clear text as well, beside a port over TLS. */
    clearText?: boolean;
  }
  interface FastifyInstance {
    /**
     * Takes hits in clear text as well, beside TLS, from clients that speak nothing else.
     * @param port 0 for any free one
     * @throws Error before `listen`, without TLS, and for a port that cannot be had
     * @returns the port
     */
    listenInClearText(port: number): Promise<number>;
  }
}

const SENTENCE =
  'This port takes hits and serves the tracker, in clear text. All else is at the https address of this collector.';

/**
 * Of a collector that speaks TLS: what shows people, and what asks for the token, is not answered in clear text. It is not
 * led to the https address either: a token that has been sent has been seen, and a client that is led on sends it each time.
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
