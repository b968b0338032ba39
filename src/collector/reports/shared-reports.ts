import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { ReportKind } from '../../protocol/reports.js';
import { toFailure } from './failure.js';
import { NoReport } from './no-report.js';
import type { ReportEngine } from './report-engine.js';
import type { SnapshotRequest, SnapshotWriter } from './snapshot-format.js';
import { atSocket } from './socket.js';

/** A question from another process of the same user. */
export type SharedQuestion = { kind: ReportKind; key: string; question: unknown } | { snapshot: SnapshotRequest };

export type SharedEngine = ReportEngine & SnapshotWriter;

const JSON_TYPE = { 'Content-Type': 'application/json' };

/**
 * Answers other processes of this user, such as `kmq report`: only one process can have the file of reports open. It uses HTTP on a
 * socket to which only this user can connect.
 * @param folder the data folder; no other process may share its reports at the same time
 * @param onError called with errors of answers, except for the reasons why there is none
 * @returns a function that ends this
 * @throws Error if the folder is on a file system without sockets
 */
export async function shareReports(
  folder: string,
  engine: SharedEngine,
  onError: (error: unknown) => void,
): Promise<() => Promise<void>> {
  const server = createServer((request, response) => void answer(engine, request, response, onError));
  await atSocket(folder, async (address) => {
    const isFile = process.platform !== 'win32';
    // Left by a process that was killed.
    if (isFile) rmSync(address, { force: true });
    server.listen(address);
    await once(server, 'listening');
    if (isFile) chmodSync(address, 0o600);
  });
  server.on('error', onError);
  return async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
}

async function answer(
  engine: SharedEngine,
  request: IncomingMessage,
  response: ServerResponse,
  onError: (error: unknown) => void,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    const asked = JSON.parse(await text(request)) as SharedQuestion;
    const answer =
      'snapshot' in asked
        ? JSON.stringify(await engine.snapshot(asked.snapshot, gone.signal))
        : await engine.ask(asked.kind, asked.key, asked.question, gone.signal);
    response.writeHead(200, JSON_TYPE).end(answer);
  } catch (error) {
    if (gone.signal.aborted) return;
    if (!(error instanceof NoReport)) onError(error);
    response.writeHead(500, JSON_TYPE).end(JSON.stringify(toFailure(error)));
  }
}
