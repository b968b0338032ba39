import type { FastifyInstance } from 'fastify';

/**
 * Adds the path below which a proxy serves the collector to the URL of each redirect. Routes do not know that path: it is
 * removed from the URL of each request (http/without-base-path.ts). This must be called before all routes, since hooks apply only to
 * later ones.
 * @param basePath `/stats`; empty if the collector has the whole host
 */
export function keepBelow(app: FastifyInstance, basePath: string): void {
  if (!basePath) return;
  app.addHook('onSend', async (_request, reply) => {
    const location = reply.getHeader('location');
    if (typeof location === 'string') void reply.header('location', addressBelow(basePath, location));
  });
}

/**
 * Redirects the path itself, without a slash at its end, to the overview. It must be called after all routes: a path that is also a
 * route, such as `/live`, stays a route.
 */
export function registerBasePath(app: FastifyInstance, basePath: string): void {
  if (!basePath || app.hasRoute({ method: 'GET', url: basePath })) return;
  app.get(basePath, { config: { open: true } }, (request, reply) =>
    reply.redirect(`/${/\?.*/.exec(request.url)?.[0] ?? ''}`),
  );
}

/** A page with the path added to its URLs. In its file they begin at the root. */
export function pageBelow(basePath: string, html: string): string {
  return html.replaceAll('="/', `="${basePath}/`);
}

/** Adds the path to a URL in an answer. A `..` in the URL cannot leave the path. */
function addressBelow(basePath: string, location: string): string {
  const { pathname, search } = new URL(location, 'http://localhost');
  return `${pathname.startsWith(`${basePath}/`) ? '' : basePath}${pathname}${search}`;
}
