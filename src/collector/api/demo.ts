import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { fillLoader } from '../../loader/fill.js';

/** The demo shop: ordinary pages, with the loader where an owner would paste it. */
export async function registerDemo(app: FastifyInstance, folder: string, loader: string, key: string): Promise<void> {
  await app.register(async (demo) => {
    demo.addHook('onRoute', (route) => void (route.config = { ...route.config, open: true }));
    // Pages and scripts have to be of the same version, so caches have to ask for each of them (`no-cache`).
    demo.addHook('onRequest', async (_request, reply) => void reply.header('Cache-Control', 'no-cache'));
    // Pages have their own routes. As files they would have neither policy nor loader, under other spellings of their URL (`/demo//`).
    const allowedPath = (path: string): boolean => !/\.html$/i.test(path);
    await demo.register(fastifyStatic, {
      root: folder,
      prefix: '/demo/',
      cacheControl: false,
      index: false,
      allowedPath,
    });
    demo.get('/demo', (_request, reply) => reply.redirect('/demo/'));
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.html'))) {
      // The shop loads the tracker from the folder above its own, whatever the base path is.
      const html = readFileSync(join(folder, file), 'utf8').replace(
        '<!-- kmq -->',
        () => `<script>${fillLoader(loader, '..', key)}</script>`,
      );
      const policy = policyOf(html);
      const send = (_request: FastifyRequest, reply: FastifyReply): FastifyReply =>
        reply.type('text/html; charset=utf-8').header('Content-Security-Policy', policy).send(html);
      demo.get(`/demo/${file}`, send);
      if (file === 'index.html') demo.get('/demo/', send);
    }
  });
}

/**
 * The page's Content-Security-Policy. Only the scripts in the page and the collector's own files may run, since the shop has the
 * same origin as the pages that show people.
 */
function policyOf(html: string): string {
  const scripts = [...html.matchAll(/<script[^>]*>([^]+?)<\/script>/g)].map(([, code]) => code!);
  const hashes = scripts.map((code) => ` 'sha256-${createHash('sha256').update(code).digest('base64')}'`);
  return (
    `default-src 'none'; script-src 'self'${hashes.join('')}; style-src 'self'; img-src 'self' data:; connect-src 'self'; ` +
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
  );
}
