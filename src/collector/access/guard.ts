import fastifyCookie from '@fastify/cookie';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { now } from '../clock.js';
import { Buckets } from './buckets.js';
import { networkOf, type Clients } from './client.js';
import { isLocal, isOfLocalPage } from './local.js';
import { isSameOrigin, localPath } from './same-origin.js';
import type { Access } from './token.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered without the token. All other routes need the token. */
    open?: boolean;
    /** A page. Without the token, its reader is sent to the login. */
    page?: boolean;
  }
}

const NOT_LOCAL =
  'Without a token the collector answers only requests from its own machine, at localhost or 127.0.0.1, and not through a proxy. ' +
  'Start kmq with a token (--token-file, KMQ_TOKEN). Behind a proxy or a forwarded port, --trust-proxy loopback is enough: ' +
  'kmq then makes a token, and says where it is.';

/** How many wrong tokens a minute one address may send. It may send eleven at once, and then one every six seconds. */
const ATTEMPTS_A_MINUTE = 10;

/** Checks the token, in `Authorization: Bearer`, or the cookie of a session. */
export class Guard {
  private readonly wrong = new Buckets(ATTEMPTS_A_MINUTE / 60, 60);

  /**
   * @param access absent: everyone on this machine may read without a token
   * @param basePath the path below which browsers see the collector
   */
  constructor(
    private readonly clients: Clients,
    readonly access: Access | undefined,
    private readonly basePath: string,
  ) {}

  /** Protects all routes that are registered later and are not `open`. */
  async register(app: FastifyInstance): Promise<void> {
    await app.register(fastifyCookie);
    app.addHook('onRequest', async (request, reply) => {
      if (request.is404 || request.routeOptions.config.open) return;
      if (!this.access && !this.isFromHere(request)) return forbidden(reply, NOT_LOCAL);
      const bearer = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
      if (this.access && bearer !== undefined) {
        const wait = this.attempt(request, bearer);
        return wait === 0 ? undefined : wait ? tooMany(reply, wait) : unauthorized(reply);
      }
      if (this.access && !this.hasSession(request)) {
        return request.routeOptions.config.page ? this.sendToLogin(request, reply) : unauthorized(reply);
      }
      // A page of another subdomain sends its requests with the cookie. Without a token, any page in the owner's browser could send
      // requests from this machine.
      const sameOrigin = isSameOrigin(request.headers, request.host);
      if (!/^(GET|HEAD)$/.test(request.method) && (this.access ? !sameOrigin : sameOrigin === false)) {
        return forbidden(reply, 'Only a page of this collector, or a sender with the token, may do this.');
      }
    });
  }

  /** @returns 0 for the right token; undefined for a wrong one; the seconds to wait after too many wrong ones */
  attempt(request: FastifyRequest, token: string): number | undefined {
    const address = networkOf(this.clients.addressOf(request.raw));
    const wait = this.wrong.take(address, 0);
    // While an address has to wait, the right token is refused as well. Otherwise guessing could continue.
    if (wait || this.access!.isToken(token)) return wait;
    this.wrong.take(address, 1);
    return undefined;
  }

  hasSession(request: FastifyRequest): boolean {
    return this.access!.isOpen(request.cookies[this.sessionCookie(request)], now());
  }

  /** The cookie's name. Over TLS, one that no other subdomain can set (https://www.rfc-editor.org/rfc/rfc6265#section-8.6). */
  sessionCookie(request: FastifyRequest): string {
    return `${request.protocol === 'https' ? '__Host-' : ''}kmq_session_${this.access!.cookie}`;
  }

  /**
   * Whether the request is from this machine, and not from a page of another site. But another site may link to a page of the
   * collector: it cannot read that page, and the page's HTML contains nothing of visitors.
   */
  private isFromHere(request: FastifyRequest): boolean {
    return isLocal(request.raw) && (request.routeOptions.config.page === true || isOfLocalPage(request.headers));
  }

  /**
   * Sends a reader to the login. A link from another site comes without the cookie (SameSite=Strict). So the page is first
   * requested once more, by this site, and only then somebody has to log in again.
   */
  private sendToLogin(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const path = this.basePath + localPath(request.url);
    void reply.headers({ 'Cache-Control': 'no-store', 'Content-Security-Policy': "default-src 'none'" });
    if (request.headers['sec-fetch-site'] === 'cross-site') {
      return reply.header('Refresh', `0; url=${path}`).type('text/html; charset=utf-8').send('');
    }
    return reply.redirect(`/login?next=${encodeURIComponent(path)}`);
  }
}

function unauthorized(reply: FastifyReply): FastifyReply {
  return reply
    .code(401)
    .headers({ 'WWW-Authenticate': 'Bearer', 'Cache-Control': 'no-store' })
    .send({ error: 'This needs the token: Authorization: Bearer TOKEN.' });
}

function forbidden(reply: FastifyReply, error: string): FastifyReply {
  return reply.code(403).header('Cache-Control', 'no-store').send({ error });
}

function tooMany(reply: FastifyReply, wait: number): FastifyReply {
  return reply
    .code(429)
    .headers({ 'Retry-After': String(wait), 'Cache-Control': 'no-store' })
    .send({ error: `Too many wrong tokens; ask again in ${wait} seconds.` });
}
