import type { FastifyInstance } from 'fastify';

/** What every page says to the browser: its own files run and nothing else, whatever text from outside it shows. */
export const PAGE_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
    // No string becomes markup or code: https://www.w3.org/TR/trusted-types/
    "require-trusted-types-for 'script'; trusted-types 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // Addresses of pages hold identities. Not `no-referrer`: with it a form says of its origin that it is null.
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
};

/**
 * Headers of every answer of Fastify's; answers of the API are not cached and cannot be read by other
 * origins.
 * @param tls whether the collector speaks it itself
 */
export function addCommonHeaders(app: FastifyInstance, tls: boolean): void {
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('X-Content-Type-Options', 'nosniff');
    // To people who log in, so that no one on their way can have them do so in clear text. Visitors are told nothing: the
    // host may have other services, and a site that still has pages in clear text goes on reaching its collector.
    if (tls && (!request.routeOptions.config.open || request.routeOptions.url === '/login'))
      void reply.header('Strict-Transport-Security', 'max-age=31536000');
    if (request.routeOptions.url?.startsWith('/api/')) {
      void reply.headers({ 'Cache-Control': 'no-store', 'Cross-Origin-Resource-Policy': 'same-origin' });
    }
  });
}
