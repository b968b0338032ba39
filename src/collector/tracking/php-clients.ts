import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** After this long without data from the PHP client, it is answered. */
const QUIET_MS = 250;
/** How long answers are held back at most while kmq reads, and how many, in case the sender is another client. */
const HELD_AT_MOST_MS = 2000;
const HELD_AT_MOST = 5000;
/** The same for answers to a sender above its rate: it can cause any number of them, and must not use up what others need. */
const LIMITED_AT_MOST = HELD_AT_MOST / 2;

/** The answers that are held back for one connection. */
interface Held {
  answers: (() => void)[];
  timer: NodeJS.Timeout;
  since: number;
  /** How much was read of the connection when this was last looked at. */
  bytesRead: number;
}

const heldOf = new WeakMap<Socket, Held>();
let heldInAll = 0;

/**
 * The PHP client of the original, up to 0.3.0, sends all its requests one after the other and closes the connection
 * without reading the answers (docs/reference.md#9). If an answer arrived before the end, its system would reset the connection,
 * and requests that are not read yet would be lost: one in nine, when it sends twenty at a time. So answers are held back until its
 * last request, which has `Connection: Close`, or until it pauses. The client is recognised by its headers: it sends only two.
 * @param isLimited the sender is above its rate. The client never sends this hit again, but its next hits may be within the rate
 */
export function answerOrHold(response: ServerResponse, isLimited: boolean, answer: () => void): void {
  const { headers, socket } = response.req;
  const held = heldOf.get(socket);
  const isPhp = isPhpClient(headers);
  if (!isPhp || heldInAll >= (isLimited ? LIMITED_AT_MOST : HELD_AT_MOST)) {
    // Answers are sent in the order of the requests, so one that is not held back still waits for those before it.
    if (held && !(isPhp && isLimited)) release(socket, held);
    return answer();
  }
  heldInAll++;
  if (!held) {
    const first: Held = {
      answers: [answer],
      timer: setTimeout(() => releaseIfQuiet(socket, first), QUIET_MS),
      since: performance.now(),
      bytesRead: socket.bytesRead,
    };
    heldOf.set(socket, first);
    return;
  }
  held.answers.push(answer);
  if (!isOver(held)) held.timer.refresh();
}

const isOver = ({ since }: Held): boolean => performance.now() - since >= HELD_AT_MOST_MS;

/**
 * What has arrived is read first: a commit may have taken all of the time since the last answer, or kmq may have stopped to read
 * (http/gate.ts).
 */
function releaseIfQuiet(socket: Socket, held: Held): void {
  setImmediate(() => {
    if (heldOf.get(socket) !== held) return;
    const { bytesRead } = socket;
    if (socket.isPaused() && !socket.destroyed) held.since = performance.now();
    else if (bytesRead === held.bytesRead || isOver(held)) return release(socket, held);
    held.bytesRead = bytesRead;
    held.timer.refresh();
  });
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
