import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { ReportKind } from '../../protocol/reports.js';
import { toError, type Failure } from './failure.js';
import { unavailable } from './no-report.js';
import type { ReportEngine } from './report-engine.js';
import type { SharedQuestion } from './shared-reports.js';
import type { Snapshot, SnapshotRequest, SnapshotWriter } from './snapshot-format.js';
import { atSocket } from './socket.js';

/** Errors if no process listens: there is no socket, or only one that a killed process has left. */
const NOBODY = ['ENOENT', 'ECONNREFUSED'];

/** Whether a process shares the reports of a folder. @throws Error if one does, and this user may not connect to it */
export async function areShared(folder: string): Promise<boolean> {
  return atSocket(folder, async (address) => {
    const socket = connect(address);
    try {
      await once(socket, 'connect');
      return true;
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      if (NOBODY.includes(code)) return false;
      throw new Error(`The collector on ${folder} answers only its own user and root (${message}).`, {
        cause: error,
      });
    } finally {
      socket.destroy();
    }
  });
}

/** The reports of a folder that another process shares. */
export class AskedReports implements ReportEngine, SnapshotWriter {
  constructor(private readonly folder: string) {}

  async ask(kind: ReportKind, key: string, question: unknown, signal: AbortSignal): Promise<Uint8Array> {
    return this.post({ kind, key, question }, signal);
  }

  async snapshot(snapshot: SnapshotRequest, signal: AbortSignal): Promise<Snapshot> {
    const answer = await this.post({ snapshot }, signal);
    return JSON.parse(answer.toString()) as Snapshot;
  }

  private async post(asked: SharedQuestion, signal: AbortSignal): Promise<Buffer> {
    const { isAnswer, body } = await post(this.folder, JSON.stringify(asked), signal).catch((error: unknown) => {
      throw signal.aborted ? error : unavailable('The collector has stopped: ask again.');
    });
    if (isAnswer) return body;
    throw toError(JSON.parse(body.toString()) as Failure);
  }
}

function post(folder: string, body: string, signal: AbortSignal): Promise<{ isAnswer: boolean; body: Buffer }> {
  return atSocket(folder, async (socketPath) => {
    const sent = request({ socketPath, method: 'POST', agent: false, signal }).end(body);
    // An error before the answer rejects the promise below. A later one is ignored.
    sent.on('error', () => undefined);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return { isAnswer: response.statusCode === 200, body: await buffer(response) };
  });
}
