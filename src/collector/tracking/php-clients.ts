import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** After this long without data from such a sender, it is answered. */
const QUIET_MS = 250;
/** How long answers are held back at most, and how many, in case the sender is another client. */
const HELD_AT_MOST_MS = 2000;
const HELD_AT_MOST = 5000;

/** The answers that are held back for one connection. */
interface Held {
  answers: (() => void)[];
  timer: NodeJS.Timeout;
  since: number;
}

const heldOf = new WeakMap<Socket, Held>();
let heldInAll = 0;

/**
 * The PHP client of the original, up to 0.3.0, sends all its requests one after the other and closes the connection
 * without reading the answers (docs/reference.md#9). If an answer arrived before the end, its system would reset the connection,
 * and requests that are not read yet would be lost: one in nine, when it sends twenty at a time. So answers are held back until its
 * last request, which has `Connection: Close`, or until it pauses. The client is recognised by its headers: it sends only two.
 */
export function answerOrHold(response: ServerResponse, answer: () => void): void {
  const { headers, socket } = response.req;
  const held = heldOf.get(socket);
  const hold = isPhpClient(headers) && heldInAll < HELD_AT_MOST;
  if (held && !hold) release(socket, held);
  if (!hold) return answer();
  heldInAll++;
  if (!held) {
    const first: Held = {
      answers: [answer],
      timer: setTimeout(() => release(socket, first), QUIET_MS),
      since: performance.now(),
    };
    heldOf.set(socket, first);
    return;
  }
  held.answers.push(answer);
  if (performance.now() - held.since < HELD_AT_MOST_MS) held.timer.refresh();
}

function isPhpClient({ connection, accept, 'user-agent': agent }: IncomingMessage['headers']): boolean {
  return connection === 'Keep-Alive' && accept === undefined && agent === undefined;
}

function release(socket: Socket, held: Held): void {
  clearTimeout(held.timer);
  heldOf.delete(socket);
  heldInAll -= held.answers.length;
  for (const answer of held.answers) answer();
}
