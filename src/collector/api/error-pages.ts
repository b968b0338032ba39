import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { pageBelow } from './base-path.js';
import { PAGE_HEADERS } from './page-headers.js';

const TITLES: Record<number, string> = { 403: 'Not allowed', 404: 'Not found' };

/**
 * What says why it has no answer says so on a page, where a person has opened an address in a browser. Programs get JSON, and
 * below `/api/` everyone does. Before all that answers, since hooks are of those that come later.
 */
export function addErrorPages(app: FastifyInstance, folder: string, basePath: string): void {
  const page = pageBelow(basePath, readFileSync(join(folder, 'error.html'), 'utf8'));
  app.addHook('onSend', async ({ url, headers }, reply, payload) => {
    if (reply.statusCode < 400 || typeof payload !== 'string' || url.startsWith('/api/')) return payload;
    // Browsers accept HTML when a person opens an address. Scripts and programs accept any type.
    if (!/\btext\/html\b/i.test(headers.accept ?? '') || !isJson(reply.getHeader('content-type'))) return payload;
    const { error } = JSON.parse(payload) as { error?: unknown };
    if (typeof error !== 'string') return payload;
    void reply
      .removeHeader('content-length')
      .type('text/html; charset=utf-8')
      .headers({ ...PAGE_HEADERS, 'Cache-Control': 'no-store' });
    const texts: Record<string, string> = { title: TITLES[reply.statusCode] ?? 'The request failed', error };
    // What is closed is closed there, too.
    const shown = reply.statusCode === 403 ? page : page.replace(' hidden>', '>');
    return shown.replace(/<!-- (title|error) -->/g, (_, name: string) => escaped(texts[name]!));
  });
}

const isJson = (type: unknown): boolean => /^application\/json\b/.test(String(type));

const escaped = (text: string): string => text.replace(/[&<>]/g, (letter) => `&#${letter.charCodeAt(0)};`);
