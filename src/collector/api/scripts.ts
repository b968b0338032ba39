import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import fresh from 'fresh';
import Negotiator from 'negotiator';
import { siteOf, type Config } from '../sites/config.js';
import { renewals } from './identity-cookies.js';
import { settingsScript } from '../sites/settings-script.js';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** How long browsers keep the tracker without asking whether it has changed. */
const BUNDLE_SECONDS = 3600;

/** Longer than any browser's list of encodings or tags. A megabyte of commas would take a second to read. */
const MOST_CHARACTERS = 1024;

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

  app.get('/i.js', { config: { open: true, clearText: true } }, (request, reply) =>
    identityHelper.send(request, reply),
  );
  // `/kmq.js`, `/KEY.js` and `/KEY.2.js` are one file: the tracker reads the key off its own address. In front of
  // it stand the settings of the site, where it has any.
  app.get<{ Params: { file: string } }>('/:file', { config: { open: true, clearText: true } }, (request, reply) => {
    const name = /^(.+?)(\.\d+)?\.js$/.exec(request.params.file)?.[1];
    if (name === undefined) return reply.callNotFound();
    return (ofSites.get(name) ?? bundle).send(request, reply, renewals(request, siteOf(config, name)));
  });
}

/** What `negotiator` takes since 1.0: its types are older. Of encodings that a browser likes as much, the first is sent. */
interface Encodings {
  encoding(available: readonly string[], options: { preferred: readonly string[] }): string | undefined;
}

/** A script in the encodings that browsers take, made once. */
class Script {
  /** One for all encodings: no part of a script is ever asked for, which is what it would have to differ for. */
  private readonly etag: string;
  /** The smallest first. */
  private readonly encoded: Map<string, Buffer>;

  constructor(plain: Buffer) {
    this.etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 27)}"`;
    this.encoded = new Map([
      ['br', brotliCompressSync(plain)],
      ['gzip', gzipSync(plain, { level: 9 })],
      ['identity', plain],
    ]);
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
    // Nothing else of the request: `Cache-Control: no-cache`, which fetch adds to a condition of its own, is meant for caches.
    if (fresh({ 'if-none-match': bounded(request.headers['if-none-match']) }, { etag: this.etag })) {
      return reply.code(304).send();
    }
    const preferred = [...this.encoded.keys()];
    const headers = { 'accept-encoding': bounded(request.headers['accept-encoding']) };
    // Who accepts nothing gets it as it is.
    const encoding = (new Negotiator({ headers }) as Encodings).encoding(preferred, { preferred }) ?? 'identity';
    if (encoding !== 'identity') void reply.header('Content-Encoding', encoding);
    return reply.send(this.encoded.get(encoding));
  }
}

/** A header, unless it is none that a browser sends. */
function bounded(header: string | undefined): string | undefined {
  return header !== undefined && header.length <= MOST_CHARACTERS ? header : undefined;
}
