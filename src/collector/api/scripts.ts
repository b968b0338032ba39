import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { siteOf, type Config } from '../sites/config.js';
import { renewals } from './identity-cookies.js';
import { settingsScript } from '../sites/settings-script.js';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** How long browsers keep the tracker without asking whether it has changed. */
const BUNDLE_SECONDS = 3600;

/** The scripts that pages load: the bundle under every name it may have, and what `i.js` has become. */
export function registerScripts(app: FastifyInstance, dist: string, config: Config): void {
  const tracker = readFileSync(join(dist, 'kmq.js'));
  const bundle = new Script(tracker);
  const ofSites = new Map<string, Script>();
  for (const [key, site] of Object.entries(config.sites)) {
    ofSites.set(key, new Script(Buffer.concat([Buffer.from(settingsScript(site)), tracker])));
  }
  // The original's snippet loads this file too. It gave a visitor an id that survived the deletion of
  // cookies; here it does nothing, and says so.
  const identityHelper = new Script(Buffer.from('/* kmq: identities are first-party cookies only */\n'));

  app.get('/i.js', { config: { open: true } }, (request, reply) => identityHelper.send(request, reply));
  // `/kmq.js`, `/KEY.js` and `/KEY.2.js` are one file: the tracker reads the key off its own address. In front of
  // it stand the settings of the site, where it has any.
  app.get<{ Params: { file: string } }>('/:file', { config: { open: true } }, (request, reply) => {
    const name = /^(.+?)(\.\d+)?\.js$/.exec(request.params.file)?.[1];
    if (name === undefined) return reply.callNotFound();
    return (ofSites.get(name) ?? bundle).send(request, reply, renewals(request, siteOf(config, name)));
  });
}

/** A script in the encodings that browsers take, made once. */
class Script {
  private readonly etag: string;
  private readonly encoded: [encoding: string, body: Buffer][];

  constructor(private readonly plain: Buffer) {
    this.etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 27)}"`;
    this.encoded = [
      ['br', brotliCompressSync(plain)],
      ['gzip', gzipSync(plain, { level: 9 })],
    ];
  }

  /** @param cookies of this very visitor, `Set-Cookie` lines: no cache may hand them to another */
  send(request: FastifyRequest, reply: FastifyReply, cookies: string[] = []): FastifyReply {
    void reply.headers({
      'Content-Type': 'text/javascript; charset=utf-8',
      'Cache-Control': `${cookies.length ? 'private' : 'public'}, max-age=${BUNDLE_SECONDS}`,
      // Lets pages load it with an integrity hash, and pages that isolate themselves load it at all.
      'Access-Control-Allow-Origin': '*',
      'Cross-Origin-Resource-Policy': 'cross-origin',
      'X-Content-Type-Options': 'nosniff',
      ETag: this.etag,
      Vary: 'Accept-Encoding',
    });
    if (cookies.length) void reply.header('Set-Cookie', cookies);
    if (request.headers['if-none-match'] === this.etag) return reply.code(304).send();
    const accepted = request.headers['accept-encoding'] ?? '';
    const match = this.encoded.find(([encoding]) => accepted.includes(encoding));
    if (match) void reply.header('Content-Encoding', match[0]);
    return reply.send(match ? match[1] : this.plain);
  }
}
