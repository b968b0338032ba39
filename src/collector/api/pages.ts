import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { pageBelow } from './base-path.js';
import { PAGE_HEADERS } from './page-headers.js';

/** The pages for people: the name of each is that of its folder in src/dashboard, and of its script. */
const PAGES: Record<string, { name: string; title: string }> = {
  '/': { name: 'overview', title: 'Overview' },
  '/trend': { name: 'trend', title: 'Trend' },
  '/funnel': { name: 'funnel', title: 'Funnel' },
  '/people': { name: 'people', title: 'People' },
  '/live': { name: 'live', title: 'Live' },
  '/person': { name: 'person', title: 'Person' },
  '/start': { name: 'start', title: 'Start' },
};

/**
 * @param login whether they are shown after a login: then they offer to log out, and no browser keeps them
 */
export async function registerPages(
  app: FastifyInstance,
  folder: string,
  login: boolean,
  basePath: string,
): Promise<void> {
  await app.register(async (pages) => {
    pages.addHook('onRequest', async (_request, reply) => {
      void reply.headers({ ...PAGE_HEADERS, 'Cache-Control': login ? 'no-store' : 'no-cache' });
    });
    const template = pageBelow(basePath, readFileSync(join(folder, 'page.html'), 'utf8'));
    for (const [path, texts] of Object.entries(PAGES)) {
      const html = template.replace(/<!-- (title|name) -->/g, (_, text: keyof typeof texts) => texts[text]);
      const page = login ? html.replace('class="site-header"', '$& data-login') : html;
      pages.get(path, { config: { page: true } }, (_request, reply) =>
        reply.type('text/html; charset=utf-8').send(page),
      );
    }
  });
  // Scripts and styles of the pages are no secrets, and the login page needs them.
  await app.register(async (files) => {
    files.addHook('onRoute', (route) => void (route.config = { ...route.config, open: true }));
    files.addHook('onRequest', async (_request, reply) => {
      void reply.headers({ ...PAGE_HEADERS, 'Cache-Control': 'no-cache', Vary: 'Accept-Encoding' });
    });
    const allowedPath = (path: string): boolean => !/\.(html|br|gz)$/.test(path);
    await files.register(fastifyStatic, {
      root: folder,
      prefix: '/dashboard/',
      cacheControl: false,
      index: false,
      allowedPath,
      // The files that the build has written.
      preCompressed: true,
    });
  });
}
