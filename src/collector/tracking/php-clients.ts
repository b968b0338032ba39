import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How long such a sender has to say nothing before it is answered, in milliseconds. */
const QUIET = 250;
/** The longest that it is left unanswered, and the most requests of all such senders: it may be nobody's client. */
const LONGEST = 2000;
const MOST = 5000;

interface Unread {
  answers: (() => void)[];
  timer: NodeJS.Timeout;
  since: number;
}

const unread = new WeakMap<Socket, Unread>();
let waiting = 0;

/**
 * The PHP client of the original, up to 0.3.0, sends all its requests one behind the other and closes the connection
 * without reading (reference section 9). Answered meanwhile, its system resets the connection, and what had not been
 * read here would be gone: of twenty events in a row one in nine was. Its answers are held back until its last request,
 * which says `Connection: Close`, or until it is quiet. It is known by its headers, of which it has two.
 */
export function answerInTime(response: ServerResponse, answer: () => void): void {
  const { headers, socket } = response.req;
  const held = unread.get(socket);
  if (held && (!isUnread(headers) || waiting >= MOST)) release(socket, held);
  if (!isUnread(headers) || waiting >= MOST) return answer();
  waiting++;
  if (!held) {
    const first: Unread = {
      answers: [answer],
      timer: setTimeout(() => release(socket, first), QUIET),
      since: Date.now(),
    };
    unread.set(socket, first);
    return;
  }
  held.answers.push(answer);
  if (Date.now() - held.since < LONGEST) held.timer.refresh();
}

function isUnread({ connection, accept, 'user-agent': agent }: IncomingMessage['headers']): boolean {
  return connection === 'Keep-Alive' && accept === undefined && agent === undefined;
}

function release(socket: Socket, held: Unread): void {
  clearTimeout(held.timer);
  unread.delete(socket);
  waiting -= held.answers.length;
  for (const answer of held.answers) answer();
}
