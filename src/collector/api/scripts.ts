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

/** Longer than the header of any browser. To parse a megabyte of commas would take a second. */
const MOST_CHARACTERS = 1024;

/** More folders than an address of a real page has. */
const MOST_FOLDERS = 16;

/** Whom the collector serves, and where. */
export interface Served {
  /** The keys whose hits are taken, where the owner names them. */
  keys: readonly string[];
  /** The collector's own address, where the owner names it. */
  publicUrl: string | undefined;
}

/** The scripts that pages load: the bundle under every name it may have, and what `i.js` has become. */
export function registerScripts(app: FastifyInstance, dist: string, config: Config, served: Served): void {
  const scriptOf = trackers(readFileSync(join(dist, 'kmq.js')), config, served);
  // The original's snippet loads this file too. It gave a visitor an id that survived the deletion of
  // cookies; here it does nothing, and says so.
  const identityHelper = new Script(Buffer.from('/* kmq: identities are first-party cookies only */\n'));

  const send = (file: string, folders: number, request: FastifyRequest, reply: FastifyReply): unknown => {
    if (file === 'i.js') return identityHelper.send(request, reply);
    const name = /^(.+?)(\.\d+)?\.js$/.exec(file)?.[1];
    // Its hash is published, so it cannot carry settings. Below a folder it would send hits to that folder.
    if (name === undefined || (name === 'kmq' && folders)) return reply.callNotFound();
    return scriptOf(name, folders).send(request, reply, renewals(request, siteOf(config, name)));
  };
  const routing = { config: { open: true, clearText: true } };
  // `/kmq.js`, `/KEY.js` and `/KEY.2.js` are one file: the tracker reads the key off its own address. In front of
  // it stand the settings of the site, where it has any.
  app.get<{ Params: { file: string } }>('/:file', routing, (request, reply) =>
    send(request.params.file, 0, request, reply),
  );
  // Pages of the original whose host alone was replaced, or has another in front of it, ask for
  // `/scripts.kissmetrics.com/KEY.1.js`. As it was written, since an encoded slash is part of a name.
  app.get<{ Params: { '*': string } }>('/*', routing, (request, reply) => {
    const [, ...folders] = request.url.split('?')[0]!.split('/').slice(0, -1);
    if (folders.length > MOST_FOLDERS || isOwn(folders[0]!)) return reply.callNotFound();
    return send(request.params['*'].split('/').at(-1)!, folders.length, request, reply);
  });
}

/** Folders of the collector's own, in which a name that ends in `.js` is no key. */
const isOwn = (folder: string): boolean => /^(api|dashboard|demo)$/.test(folder);

/**
 * The tracker of each key, as it is served so many folders below the collector: what its address would not say stands in
 * front of it. Sites that the collector is not told of share one, so that nobody makes it hold more by asking.
 */
function trackers(tracker: Buffer, config: Config, { keys, publicUrl }: Served) {
  const known = new Set([...Object.keys(config.sites), ...keys]);
  // The hint to the browser's compiler is valid only in the first line.
  const hintBytes = tracker.indexOf('\n') + 1;
  const [hint, program] = [tracker.subarray(0, hintBytes), tracker.subarray(hintBytes)];
  const scripts = new Map<string, Script>();
  const scriptOf = (name: string, folders: number): Script => {
    const key = name !== 'kmq' && known.has(name) ? name : undefined;
    const up = folders ? Array<string>(folders).fill('..').join('/') : undefined;
    const collector = name === 'kmq' ? undefined : (publicUrl ?? up);
    const line = settingsScript(siteOf(config, name), { key: publicUrl && key, collector });
    let script = scripts.get(line);
    if (!script) scripts.set(line, (script = new Script(Buffer.concat([hint, Buffer.from(line), program]))));
    return script;
  };
  for (const name of ['kmq', '', ...known]) scriptOf(name, 0);
  return scriptOf;
}

/** What `negotiator` takes since 1.0: its types are older. Of encodings that a browser likes as much, the first is sent. */
interface Encodings {
  encoding(available: readonly string[], options: { preferred: readonly string[] }): string | undefined;
}

/** A script in all encodings that browsers accept, compressed once. */
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

  /** @param cookies `Set-Cookie` lines of this visitor. No cache may give them to another one */
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
    // A client that accepts no encoding gets the script uncompressed.
    const encoding = (new Negotiator({ headers }) as Encodings).encoding(preferred, { preferred }) ?? 'identity';
    if (encoding !== 'identity') void reply.header('Content-Encoding', encoding);
    return reply.send(this.encoded.get(encoding));
  }
}

/** A header, unless it is longer than any that a browser sends. */
function bounded(header: string | undefined): string | undefined {
  return header !== undefined && header.length <= MOST_CHARACTERS ? header : undefined;
}
