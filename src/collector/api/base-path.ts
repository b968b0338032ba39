import type { FastifyInstance } from 'fastify';

/**
 * Keeps what the collector answers below the path at which a proxy serves it. No route knows that path: it is taken off every
 * address that arrives (http/base-path.ts), and here it is put in front of every address to which an answer leads. Before all
 * routes, which have the hooks of their time.
 * @param basePath `/stats`; empty for a collector that has its host to itself
 */
export function keepBelow(app: FastifyInstance, basePath: string): void {
  if (!basePath) return;
  app.addHook('onSend', async (_request, reply) => {
    const location = reply.getHeader('location');
    if (typeof location === 'string') void reply.header('location', addressBelow(basePath, location));
  });
}

/**
 * The path itself, without a slash behind it, leads to the start page. Behind all routes: an address at which the collector
 * has something, a proxy may have sent here without the path.
 */
export function registerBasePath(app: FastifyInstance, basePath: string): void {
  if (!basePath || app.hasRoute({ method: 'GET', url: basePath })) return;
  app.get(basePath, { config: { open: true } }, (request, reply) =>
    reply.redirect(`/${/\?.*/.exec(request.url)?.[0] ?? ''}`),
  );
}

/** The page with the path in its addresses. In its file they begin at the root. */
export function pageBelow(basePath: string, html: string): string {
  return html.replaceAll('="/', `="${basePath}/`);
}

/** An address in an answer, with the path in front. No `..` in it leads out of the path. */
function addressBelow(basePath: string, location: string): string {
  const { pathname, search } = new URL(location, 'http://localhost');
  return `${pathname.startsWith(`${basePath}/`) ? '' : basePath}${pathname}${search}`;
}
