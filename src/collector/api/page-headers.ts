import type { FastifyInstance } from 'fastify';

/**
 * The headers of every page. They let the browser run only the collector's own scripts, whatever text of visitors the page shows.
 */
export const PAGE_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
    // No string becomes markup or code: https://www.w3.org/TR/trusted-types/
    "require-trusted-types-for 'script'; trusted-types 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // URLs of pages contain identities. Not `no-referrer`: with it a form would send `Origin: null`.
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
};

/**
 * Headers of every answer by Fastify. Answers of the API are not cached and cannot be read by other
 * origins.
 * @param tls whether the collector itself has TLS
 */
export function addCommonHeaders(app: FastifyInstance, tls: boolean): void {
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('X-Content-Type-Options', 'nosniff');
    // HSTS only with the login and with what needs the token, so that nobody on the network can make people log in without TLS. Not
    // for visitors: the host may have other services, and pages without TLS must still reach the collector.
    if (tls && (!request.routeOptions.config.open || request.routeOptions.url === '/login'))
      void reply.header('Strict-Transport-Security', 'max-age=31536000');
    if (request.routeOptions.url?.startsWith('/api/')) {
      void reply.headers({ 'Cache-Control': 'no-store', 'Cross-Origin-Resource-Policy': 'same-origin' });
    }
  });
}
