import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { pageBelow } from './below-base-path.js';
import type { About } from '../../protocol/api.js';
import { ALL_NAMES } from '../../protocol/reports.js';
import { addressOf, headOf, type FirstRequest, type Query } from './page-head.js';
import { PAGE_HEADERS } from './page-headers.js';

interface Page {
  /** The name of its folder in src/dashboard, and of its script. */
  name: string;
  title: string;
  /** The first request of its script to the read API. Absent if only the script knows it. */
  first?: FirstRequest;
}

const NAMES: FirstRequest = {
  path: '/api/v1/reports/names',
  parameters: () => ({ q: JSON.stringify(ALL_NAMES) }),
};

/** The pages by their paths. */
export const PAGES: Record<string, Page> = {
  '/': { name: 'overview', title: 'Overview' },
  '/trend': { name: 'trend', title: 'Trend', first: NAMES },
  '/funnel': { name: 'funnel', title: 'Funnel', first: NAMES },
  '/people': { name: 'people', title: 'People', first: { path: '/api/v1/people', parameters: () => ({}) } },
  '/live': { name: 'live', title: 'Live' },
  '/person': {
    name: 'person',
    title: 'Person',
    first: {
      path: '/api/v1/person',
      parameters: ({ id }) => (typeof id === 'string' && id !== '' ? { id } : undefined),
    },
  },
  '/start': { name: 'start', title: 'Snippet' },
};

interface Pages {
  /** Whether they need a login: then they have a button to log out, and browsers do not cache them. */
  login: boolean;
  basePath: string;
  /** The answer of `/api/v1/about` for a key. */
  about: (key: string) => About;
}

/** @param folder of the built pages */
export async function registerPages(
  app: FastifyInstance,
  folder: string,
  { login, basePath, about }: Pages,
): Promise<void> {
  const version = versionOf(folder);
  const scripts = new Set(Object.values(PAGES).map(({ name }) => `${name}.js`));
  await app.register(async (pages) => {
    pages.addHook('onRequest', async (_request, reply) => {
      void reply.headers({ ...PAGE_HEADERS, 'Cache-Control': login ? 'no-store' : 'no-cache' });
    });
    for (const [path, { name, title, first }] of Object.entries(PAGES)) {
      const template = readFileSync(join(folder, `${name}.html`), 'utf8').replace('<!-- title -->', title);
      const html = pageBelow(basePath, template.replaceAll('="/dashboard/', `$&${version}/`));
      const page = login ? html.replace('class="site-header"', '$& data-login') : html;
      pages.get<{ Querystring: Query }>(path, { config: { page: true } }, ({ query }, reply) => {
        const { key } = query;
        void reply.type('text/html; charset=utf-8');
        // Without a key, the script uses the last site, which the browser remembers.
        if (typeof key !== 'string' || key === '') return reply.send(page);
        const head = headOf(about(key), first && addressOf(first, key, query, basePath));
        return reply.send(page.replace('</head>', () => `${head}  </head>`));
      });
    }
  });
  // Scripts and styles of the pages contain no secrets, and the login page needs them.
  await app.register(async (files) => {
    files.addHook('onRoute', (route) => void (route.config = { ...route.config, open: true }));
    files.addHook('onRequest', async (_request, reply) => {
      void reply.headers({ ...PAGE_HEADERS, 'Cache-Control': 'no-cache', Vary: 'Accept-Encoding' });
    });
    // The pages name their files by a folder for the version, so that browsers need not ask whether a file has changed.
    files.get<{ Params: { version: string; file: string } }>('/dashboard/:version/:file', ({ params }, reply) => {
      const { version: asked, file } = params;
      if (asked === version) return reply.sendFile(file, { cacheControl: true, maxAge: '365d', immutable: true });
      // The collector was upgraded after it had sent the page. The browser may have kept the shared script of the page's version,
      // which does not fit the page's script of this version. So both scripts are loaded from the folder of this version.
      if (scripts.has(file))
        return reply.type('text/javascript; charset=utf-8').send(`import '../${version}/${file}';\n`);
      return reply.sendFile(file, {});
    });
    const allowedPath = (path: string): boolean => !/\.(html|br|gz)$/.test(path);
    await files.register(fastifyStatic, {
      root: folder,
      prefix: '/dashboard/',
      cacheControl: false,
      index: false,
      allowedPath,
      // The compressed files that the build has written.
      preCompressed: true,
    });
  });
}

/** A name that is different if any script, style or picture of the pages is, or their licences. */
function versionOf(folder: string): string {
  const hash = createHash('sha256');
  const files = readdirSync(folder).filter((file) => /\.(js|css|svg|txt)$/.test(file));
  for (const file of files.sort()) hash.update(`${file}\0`).update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 12);
}
