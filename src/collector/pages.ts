import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { fillLoader } from '../loader/fill.js';

/** The pages run their own files and nothing else, whatever text from outside they show. */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  // Addresses of pages hold identities.
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-cache',
};

const PAGES: Record<string, string> = { '/': 'index.html', '/live': 'live.html', '/person': 'person.html' };

/** The pages for people: start, Live and Person. */
export async function registerPages(app: FastifyInstance, folder: string): Promise<void> {
  await app.register(async (pages) => {
    pages.addHook('onRequest', async (_request, reply) => void reply.headers(HEADERS));
    await pages.register(fastifyStatic, { root: folder, prefix: '/dashboard/', cacheControl: false });
    for (const [path, file] of Object.entries(PAGES)) {
      pages.get(path, (_request, reply) => reply.sendFile(file));
    }
  });
}

/** The demo shop: ordinary pages, with the loader where an owner would have pasted it. */
export async function registerDemo(app: FastifyInstance, folder: string, loader: string, key: string): Promise<void> {
  await app.register(async (demo) => {
    // Pages and their scripts are of one version: none of them may come from a cache without being asked for.
    demo.addHook('onRequest', async (_request, reply) => void reply.header('Cache-Control', 'no-cache'));
    await demo.register(fastifyStatic, { root: folder, prefix: '/demo/', cacheControl: false });
    demo.get('/demo', (_request, reply) => reply.redirect('/demo/'));
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.html'))) {
      const html = readFileSync(join(folder, file), 'utf8');
      const send = (origin: string, reply: FastifyReply): FastifyReply =>
        reply
          .type('text/html; charset=utf-8')
          .send(html.replace('<!-- kmq -->', () => `<script>${fillLoader(loader, origin, key)}</script>`));
      // No origin in front: the shop loads the tracker from wherever it is itself.
      demo.get(`/demo/${file}`, (_request, reply) => send('', reply));
      if (file === 'index.html') demo.get('/demo/', (_request, reply) => send('', reply));
    }
  });
}
