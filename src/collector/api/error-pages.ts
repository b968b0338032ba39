import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { pageBelow } from './below-base-path.js';
import { PAGE_HEADERS } from './page-headers.js';

const TITLES: Record<number, string> = { 403: 'Not allowed', 404: 'Not found' };

/**
 * Answers errors with a page if a person has opened an address in a browser. Programs get JSON, and so does everyone
 * below `/api/`. It must be called before all routes, since hooks apply only to later ones.
 */
export function addErrorPages(app: FastifyInstance, folder: string, basePath: string): void {
  const page = pageBelow(basePath, readFileSync(join(folder, 'error.html'), 'utf8'));
  app.addHook('onSend', async ({ url, headers }, reply, payload) => {
    if (reply.statusCode < 400 || typeof payload !== 'string' || url.startsWith('/api/')) return payload;
    // When a person opens an address, the browser names HTML in `Accept`. Scripts and programs accept any type.
    if (!/\btext\/html\b/i.test(headers.accept ?? '') || !isJson(reply.getHeader('content-type'))) return payload;
    const { error } = JSON.parse(payload) as { error?: unknown };
    if (typeof error !== 'string') return payload;
    void reply
      .removeHeader('content-length')
      .type('text/html; charset=utf-8')
      .headers({ ...PAGE_HEADERS, 'Cache-Control': 'no-store' });
    const texts: Record<string, string> = { title: TITLES[reply.statusCode] ?? 'The request failed', error };
    // 403: people have no access, so the page has no link to other pages.
    const shown = reply.statusCode === 403 ? page : page.replace(' hidden>', '>');
    return shown.replace(/<!-- (title|error) -->/g, (_, name: string) => escaped(texts[name]!));
  });
}

const isJson = (type: unknown): boolean => /^application\/json\b/.test(String(type));

const escaped = (text: string): string => text.replace(/[&<>]/g, (letter) => `&#${letter.charCodeAt(0)};`);
