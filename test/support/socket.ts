import { connect, type Socket } from 'node:net';

/** Writes bytes on a socket, and returns what comes back until it is closed. */
export function exchange(port: number, bytes: string | Buffer): Promise<string> {
  return receivedFrom(
    connect(port, '127.0.0.1', function (this: Socket) {
      this.write(bytes);
    }),
  );
}

/** All that comes from a socket until it is closed. */
export function receivedFrom(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    socket.on('data', (data) => (answer += data.toString('latin1')));
    // A peer that closes before it has read everything resets the connection: the bytes before that count.
    socket.on('error', () => resolve(answer));
    socket.on('close', () => resolve(answer));
  });
}

export interface Answer {
  status: number;
  body: string;
}

/** The answers in a stream of bytes, one after the other; an answer without a length lasts until the end. Bytes as latin1. */
export function readAnswers(bytes: Buffer): Answer[] {
  const answers: Answer[] = [];
  let rest = bytes.toString('latin1');
  while (rest) {
    const end = rest.indexOf('\r\n\r\n');
    const head = end < 0 ? rest : rest.slice(0, end);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
    // The answer to HEAD has a Content-Length, but no body.
    const isEmpty = /^(1|204|304)/.test(String(status)) || rest.startsWith('HTTP/1.1 ', end + 4);
    const length = isEmpty ? 0 : Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? Infinity);
    answers.push({ status, body: rest.slice(end + 4, end + 4 + length) });
    rest = end < 0 ? '' : rest.slice(end + 4 + length);
  }
  return answers;
}
