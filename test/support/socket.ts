import { connect, type Socket } from 'node:net';

/** Bytes on a socket, and what comes back until it is closed. */
export function exchange(port: number, bytes: string | Buffer): Promise<string> {
  return answerOf(
    connect(port, '127.0.0.1', function (this: Socket) {
      this.write(bytes);
    }),
  );
}

/** All that comes from a socket until it is closed. */
export function answerOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    socket.on('data', (data) => (answer += data.toString('latin1')));
    // A peer that closes before it has read everything resets the connection: what came before counts.
    socket.on('error', () => resolve(answer));
    socket.on('close', () => resolve(answer));
  });
}
