import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { closeConnections } from './listener.js';

/** How long a stopping collector waits for incomplete requests. */
const ARRIVING_MS = 250;
/** How long it waits for exports and other answers. */
const READING_MS = 5000;

export interface Shutdown {
  /** All servers that listen. */
  servers: readonly Server[];
  /** Makes each answer close its connection from now on, and ends the feeds of Live. */
  begin: () => void;
  /** Resolves when all accepted requests are answered. */
  drained: () => Promise<void>;
  closeStore: () => Promise<void>;
}

/** Makes the collector's `close` accept no more connections, answer the requests that it has, and then close the store. */
export function shutdownInOrder(app: FastifyInstance, { servers, begin, drained, closeStore }: Shutdown): void {
  // The number of requests that Fastify is answering. Requests of the tracking API are answered by their commit.
  let reading = 0;
  let onQuiet: (() => void) | undefined;
  app.addHook('onRequest', (_request, reply, done) => {
    reading += 1;
    reply.raw.once('close', () => {
      reading -= 1;
      if (!reading) onQuiet?.();
    });
    done();
  });

  app.addHook('preClose', async () => {
    begin();
    // No new connections from here on, otherwise this might never end. Not by http's `close`: it also ends idle
    // connections, and some of them may have a next request that was sent but not yet read.
    for (const server of servers) NetServer.prototype.close.call(server);
    await pause(ARRIVING_MS);
    await drained();
    if (reading) await Promise.race([new Promise<void>((resolve) => (onQuiet = resolve)), pause(READING_MS)]);
    // A connection without any request does not count as idle, and would keep the collector running. Browsers open some in
    // advance.
    for (const server of servers) closeConnections(server);
  });
  app.addHook('onClose', async () => {
    await drained();
    await closeStore();
  });
}
