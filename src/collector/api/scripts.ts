import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import fresh from 'fresh';
import Negotiator from 'negotiator';
import { DEFAULT_SITE, siteOf, type Config } from '../sites/config.js';
import { renewals, unknownSite } from './identity-cookies.js';
import { settingsScript } from '../sites/settings-script.js';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** How long browsers keep the tracker without asking whether it has changed. */
const BUNDLE_SECONDS = 3600;

/** A longer header is ignored: no browser sends one, and parsing a megabyte of commas would take a second. */
const MOST_CHARACTERS = 1024;

/** The most folders in the URL of a script. URLs on real pages have fewer. */
const MOST_FOLDERS = 16;

/** The sites that the collector serves, and its URL. */
export interface Served {
  /** The keys that the owner has set; empty for every key. */
  keys: readonly string[];
  /** The public URL that the owner has set. */
  publicUrl: string | undefined;
}

/** The scripts that pages load: the tracker under all its names, and `i.js`. */
export function registerScripts(app: FastifyInstance, dist: string, config: Config, served: Served): void {
  const scriptOf = trackers(readFileSync(join(dist, 'kmq.js')), config, served);
  // The original's snippet also loads `i.js`, which gave visitors an id that survived the deletion of
  // cookies. Here it does nothing, and its comment says so.
  const identityHelper = new Script(Buffer.from('/* kmq: identities are first-party cookies only */\n'));
  const ofUnknownSite = unknownSite(config);

  const send = (file: string, folders: number, request: FastifyRequest, reply: FastifyReply): unknown => {
    if (file === 'i.js') return identityHelper.send(request, reply);
    // A key may contain line breaks.
    const name = /^(.+?)(\.\d+)?\.js$/s.exec(file)?.[1];
    // `kmq.js` has no settings, since its hash is published. Without settings, a copy in a folder would send hits to that folder.
    if (name === undefined || (name === 'kmq' && folders)) return reply.callNotFound();
    const site = name === 'kmq' ? ofUnknownSite : siteOf(config, name);
    return scriptOf(name, folders).send(request, reply, renewals(request, site));
  };
  const routing = { config: { open: true, clearText: true } };
  // `/kmq.js`, `/KEY.js` and `/KEY.2.js` are the same tracker, which reads the key from its own URL. If the site has
  // settings, they are put before it.
  app.get<{ Params: { file: string } }>('/:file', routing, (request, reply) =>
    send(request.params.file, 0, request, reply),
  );
  // Pages written for the original request `/scripts.kissmetrics.com/KEY.1.js` if only the collector's host was put before the old
  // URL. The path is split undecoded, since an encoded slash is part of a name. Fastify has refused paths that cannot be decoded.
  app.get('/*', routing, (request, reply) => {
    const [, ...folders] = request.url.split(/[?#]/, 1)[0]!.split('/');
    const file = decodeURIComponent(folders.pop()!);
    if (folders.length > MOST_FOLDERS || isOwn(folders[0]!)) return reply.callNotFound();
    return send(file, folders.length, request, reply);
  });
}

/** The collector's own folders, in which a name that ends in `.js` is no key. */
const isOwn = (folder: string): boolean => /^(api|dashboard|demo)$/.test(folder);

/**
 * Returns a function for the tracker of a key, whose URL has so many folders below the collector. Settings that the tracker cannot
 * read from its URL are put before it. All unknown keys share one script for each number of folders, so that requests for invented
 * keys use no memory.
 */
function trackers(tracker: Buffer, config: Config, { keys, publicUrl }: Served) {
  const known = new Set([...Object.keys(config.sites), ...keys]);
  // The first line is a hint to the browser's compiler, which counts only there.
  const hintBytes = tracker.indexOf('\n') + 1;
  const [hint, program] = [tracker.subarray(0, hintBytes), tracker.subarray(hintBytes)];
  const scripts = new Map<string, Script>();
  const scriptOf = (name: string, folders: number): Script => {
    const key = name !== 'kmq' && known.has(name) ? name : undefined;
    const up = folders ? Array<string>(folders).fill('..').join('/') : undefined;
    const collector = name === 'kmq' ? undefined : (publicUrl ?? up);
    const site = name === 'kmq' ? DEFAULT_SITE : siteOf(config, name);
    const line = settingsScript(site, { key: publicUrl && key, collector });
    let script = scripts.get(line);
    if (!script) scripts.set(line, (script = new Script(Buffer.concat([hint, Buffer.from(line), program]))));
    return script;
  };
  return scriptOf;
}

/** The encodings of a script, the one with the smallest result first. */
const ENCODINGS = {
  br: (plain: Buffer): Promise<Buffer> => promisify(brotliCompress)(plain),
  gzip: (plain: Buffer): Promise<Buffer> => promisify(gzip)(plain, { level: 9 }),
  identity: (plain: Buffer): Promise<Buffer> => Promise.resolve(plain),
};

type Encoding = keyof typeof ENCODINGS;

const PREFERRED = Object.keys(ENCODINGS) as Encoding[];

/** A method of `negotiator` since 1.0: its types are older. Of the encodings that a client accepts equally, the first is chosen. */
interface Encodings {
  encoding(available: readonly string[], options: { preferred: readonly string[] }): string | undefined;
}

/**
 * A script in all encodings. Each is made when it is first requested, and once: compressing takes 40 ms, and a collector may have
 * a thousand sites.
 */
class Script {
  /** The same for all encodings. It would have to differ only for range requests, which browsers do not send for scripts. */
  private readonly etag: string;
  private readonly encoded = new Map<Encoding, Promise<Buffer>>();

  constructor(private readonly plain: Buffer) {
    this.etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 27)}"`;
  }

  /** @param cookies `Set-Cookie` lines for this visitor. No cache may send them to another one */
  async send(request: FastifyRequest, reply: FastifyReply, cookies: string[] = []): Promise<FastifyReply> {
    void reply.headers({
      'Content-Type': 'text/javascript; charset=utf-8',
      'Cache-Control': `${cookies.length ? 'private' : 'public'}, max-age=${BUNDLE_SECONDS}`,
      // Needed by pages that load it with an integrity hash, or have Cross-Origin-Embedder-Policy.
      'Access-Control-Allow-Origin': '*',
      'Cross-Origin-Resource-Policy': 'cross-origin',
      'X-Content-Type-Options': 'nosniff',
      ETag: this.etag,
      Vary: 'Accept-Encoding',
    });
    if (cookies.length) void reply.header('Set-Cookie', cookies);
    // Only this header is passed: `Cache-Control: no-cache`, which fetch adds to a conditional request, is for caches on the way.
    if (fresh({ 'if-none-match': bounded(request.headers['if-none-match']) }, { etag: this.etag })) {
      return reply.code(304).send();
    }
    const headers = { 'accept-encoding': bounded(request.headers['accept-encoding']) };
    const accepted = (new Negotiator({ headers }) as Encodings).encoding(PREFERRED, { preferred: PREFERRED });
    // A client that accepts no encoding gets the script uncompressed.
    const encoding = (accepted ?? 'identity') as Encoding;
    if (encoding !== 'identity') void reply.header('Content-Encoding', encoding);
    return reply.send(await this.in(encoding));
  }

  private in(encoding: Encoding): Promise<Buffer> {
    let encoded = this.encoded.get(encoding);
    if (!encoded) {
      encoded = ENCODINGS[encoding](this.plain);
      this.encoded.set(encoding, encoded);
      // The next request tries again, for instance when there is memory again.
      encoded.catch(() => this.encoded.delete(encoding));
    }
    return encoded;
  }
}

/** A header, unless it is longer than any that a browser sends. */
function bounded(header: string | undefined): string | undefined {
  return header !== undefined && header.length <= MOST_CHARACTERS ? header : undefined;
}
