import type { FastifyInstance } from 'fastify';

/** What every page says to the browser: its own files run and nothing else, whatever text from outside it shows. */
export const PAGE_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
    // Text never becomes markup or code: https://www.w3.org/TR/trusted-types/
    "require-trusted-types-for 'script'; trusted-types 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // Addresses of pages hold identities. Not `no-referrer`: with it a form says of its origin that it is null.
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
};

/** What every answer says, whoever gives it; and those of the API are of this moment and for nobody else's pages. */
export function sayToAll(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('X-Content-Type-Options', 'nosniff');
    if (request.routeOptions.url?.startsWith('/api/')) {
      void reply.headers({ 'Cache-Control': 'no-store', 'Cross-Origin-Resource-Policy': 'same-origin' });
    }
  });
}
