import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Answers on the socket itself what node:http has no response for, and ends the connection. The answer goes behind the
 * answers to what came before on this connection, or the sender would take this one for the first of them.
 * @param status with its phrase, such as `400 Bad Request`
 */
export function answerOnSocket(socket: Socket, status: string, image = Buffer.alloc(0)): void {
  // The only place where node:http tells what it has still to answer.
  const { _httpMessage: earlier } = socket as Socket & { _httpMessage?: ServerResponse | null };
  // A request that is not complete is the malformed one itself, and would be waited for without end.
  if (earlier?.req.complete) {
    earlier.once('close', () => setImmediate(answerOnSocket, socket, status, image));
    return;
  }
  if (!socket.writable) return;
  const type = image.length ? 'Content-Type: image/gif\r\n' : '';
  socket.write(
    `HTTP/1.1 ${status}\r\n${type}Content-Length: ${image.length}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n`,
  );
  socket.end(image);
}
