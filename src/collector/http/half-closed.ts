import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The pause before the first probe, which doubles with each further one, and the longest pause. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

/** How long a client of HTTP/1.0 that has closed its side waits for an answer at most. */
const OLD_CLIENT_MS = 2000;

/**
 * Finds out whether a client that has closed its side of the connection has gone. So does a browser that leaves Live, or a report for which
 * it does not wait any more; but `nc -N` and some health checks do it as well, and then read the answer. TCP says the same of both. Only
 * after a write, the system of a client that has gone refuses the bytes, and the next write fails: then Node closes the response.
 * @param write writes what a client ignores, and returns whether it has to be called again; its parameter is the time since the client has
 * closed its side, in milliseconds
 */
export function probeHalfClosed(response: ServerResponse, write: (waited: number) => boolean): void {
  // A response that waits for the answers to earlier requests has no socket of its own.
  const { socket } = response.req;
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    const began = performance.now();
    const probe = (pause: number): void => {
      const again = (): boolean => write(performance.now() - began);
      timer = setTimeout(() => again() && probe(Math.min(2 * pause, LONGEST_PAUSE_MS)), pause).unref();
    };
    probe(FIRST_PAUSE_MS);
  };
  const cancel = onEnd(socket, begin);
  response.once('close', () => {
    clearTimeout(timer);
    cancel();
  });
}

/** What to call when a connection ends. Node warns of many listeners, and a client may send many requests at once. */
const callbacks = new WeakMap<Socket, Set<() => void>>();

/** @returns a function that cancels this */
function onEnd(socket: Socket, callback: () => void): () => void {
  const known = callbacks.get(socket);
  const all = known ?? new Set();
  if (!known) {
    callbacks.set(socket, all);
    socket.once('end', () => all.forEach((each) => each()));
  }
  all.add(callback);
  return () => all.delete(callback);
}

/**
 * Closes the response of a client that has gone, so that the work on its answer ends, and lets one that has only closed its side have the
 * answer. The probes are `100 Continue`, which each client has to read and to ignore
 * (https://www.rfc-editor.org/rfc/rfc9110#section-15.2). HTTP/1.0 does not have it: there a client that has closed its side gets an answer
 * only if that is soon, since most of these are proxies whose own client has gone. An answer that is sent in parts needs no probes.
 */
export function closeIfGone(response: ServerResponse): void {
  const isOld = response.req.httpVersionMinor === 0;
  probeHalfClosed(response, (waited) => {
    if (response.headersSent) return false;
    if (!isOld) response.writeContinue();
    else if (waited > OLD_CLIENT_MS) response.req.socket.end();
    return true;
  });
}
