import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyFormbody from '@fastify/formbody';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Guard } from '../access/guard.js';
import { isSameOrigin, localPath } from '../access/same-origin.js';
import { SESSION_SECONDS } from '../access/token.js';
import { now } from '../clock.js';
import { pageBelow } from './below-base-path.js';
import { PAGE_HEADERS } from './page-headers.js';

const ELSEWHERE =
  '<p class="fault" role="alert">The browser says that a page of another origin has sent this. If you used this page, ' +
  'the proxy in front of kmq has to pass on <code>Host</code>, or to set <code>X-Forwarded-Host</code>.</p>';

/** The largest body of the login: a form with one field. */
const FORM_BYTES = 8192;

type Login = { Querystring: { next?: unknown }; Body: { token?: unknown } | undefined };

/** The page that asks people for the token, `/login?next=PATH`, and `POST /logout`. It runs no script. */
export async function registerLogin(
  app: FastifyInstance,
  guard: Guard,
  folder: string,
  basePath: string,
): Promise<void> {
  // The form is sent to the page's own URL, with `next` in it, so that the page contains no text from the request.
  const page = pageBelow(basePath, readFileSync(join(folder, 'login.html'), 'utf8'));
  const show = (reply: FastifyReply, message = ''): FastifyReply =>
    reply.type('text/html; charset=utf-8').send(page.replace('<!-- message -->', message));

  await app.register(async (login) => {
    login.addHook('onRoute', (route) => void (route.config = { ...route.config, open: true }));
    login.addHook('onRequest', async (_request, reply) => {
      void reply.headers({ ...PAGE_HEADERS, 'Cache-Control': 'no-store' });
    });
    await login.register(fastifyFormbody, { bodyLimit: FORM_BYTES });

    login.get<Login>('/login', (request, reply) =>
      guard.hasSession(request) ? reply.redirect(localPath(request.query.next)) : show(reply),
    );
    login.post<Login>('/login', (request, reply) => {
      // Not counted as an attempt: otherwise a page of another site could use up the attempts of its visitor.
      if (isSameOrigin(request.headers, request.host) === false) return show(reply.code(403), ELSEWHERE);
      const token = request.body?.token;
      const wait = guard.attempt(request, typeof token === 'string' ? token.trim() : '');
      if (wait === 0) {
        setSession(guard, request, reply, guard.access!.open(now()), SESSION_SECONDS);
        return reply.redirect(localPath(request.query.next), 303);
      }
      if (wait === undefined) return show(reply.code(401), '<p class="fault" role="alert">This is not the token.</p>');
      const message = `<p class="fault" role="alert">Too many attempts. Try again in ${wait} seconds.</p>`;
      return show(reply.code(429).header('Retry-After', String(wait)), message);
    });
    login.post('/logout', (request, reply) => {
      if (isSameOrigin(request.headers, request.host) !== false) setSession(guard, request, reply, '', 0);
      return reply.redirect('/login', 303);
    });
  });
}

function setSession(
  guard: Guard,
  request: FastifyRequest,
  reply: FastifyReply,
  value: string,
  maxAge: number,
): FastifyReply {
  const secure = request.protocol === 'https';
  return reply.setCookie(guard.sessionCookie(request), value, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure,
    maxAge,
  });
}
