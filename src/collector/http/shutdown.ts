import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** How long a collector that stops waits for requests that are still arriving. */
const ARRIVING_MS = 250;
/** How long it lets exports and other answers go on. */
const READING_MS = 5000;

export interface Shutdown {
  /** All that listen, as they come to be. */
  servers: readonly Server[];
  /** From now on answers end their connections, and feeds end. */
  begin: () => void;
  /** Resolves when everything that was taken is answered. */
  drained: () => Promise<void>;
  closeStore: () => Promise<void>;
}

/** The collector's `close`: takes no more connections, answers the requests that it has, then closes the store. */
export function shutdownInOrder(app: FastifyInstance, { servers, begin, drained, closeStore }: Shutdown): void {
  // Requests that Fastify answers. Those for the tracking API are answered with their commit.
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
    // No new connections from here on, otherwise this might never end. http's own `close` ends idle
    // connections as well, and with them those whose next request has been sent and is not yet read.
    for (const server of servers) NetServer.prototype.close.call(server);
    await pause(ARRIVING_MS);
    await drained();
    if (reading) await Promise.race([new Promise<void>((resolve) => (onQuiet = resolve)), pause(READING_MS)]);
    // A connection on which nothing has arrived yet, and browsers open such ahead of time, does not count as idle
    // and would hold the collector open.
    for (const server of servers) server.closeAllConnections();
  });
  app.addHook('onClose', async () => {
    await drained();
    await closeStore();
  });
}
