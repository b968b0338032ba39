import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { CommitMonitor } from './commit-monitor.js';

/** A store whose latest commit succeeded this recently is not tested. */
const FRESH_MS = 2000;
/** A result is used for all requests in this time, so that many requests cause no load. */
const HELD_MS = 1000;
/** How long a test of the store may take. */
const STORE_TIMEOUT_MS = 5000;
/** So many bytes are written to test for space: more than a commit of one usual hit writes. */
const PROBE_BYTES = 65_536;

/** If a hit waits for so long, its answer is too late: a tracker gives up a request after 15 seconds. */
const STANDSTILL_MS = 10_000;

/** Reasons other than the store why hits cannot be accepted. */
export interface Intake {
  clock: { readonly isSet: boolean };
  /** Since when the oldest complete request waits, by `performance.now()`; Infinity if none waits. */
  waitingSince: () => number;
}

/**
 * `GET /healthz`: 200 `{"status":"ok"}` if the next hit can be stored, else 503 `{"status":"failing","reason"}`.
 * After a failed commit, or when no hit arrived for a while, the store is tested: a file in the data folder is written and
 * synced, and the store makes an empty commit. So the result becomes good again without a hit. The reason is an error
 * code, since anyone may ask; the log has the details. It also fails while hits wait for too long, and while the
 * machine's clock is not set.
 * @param folder the data folder
 */
export function registerHealth(
  app: FastifyInstance,
  monitor: CommitMonitor,
  folder: string,
  { clock, waitingSince }: Intake,
): void {
  const file = join(folder, `probe-${process.pid}`);
  let asking: Promise<string | undefined> | undefined;
  let known: { code: string | undefined; until: number; failures: number } | undefined;

  const probe = async (): Promise<string | undefined> => {
    try {
      await writeProbe(file);
      await withTimeout(monitor.append([]));
      return undefined;
    } catch (error) {
      app.log.debug(error, 'the health check could not write to the disk');
      return (error as NodeJS.ErrnoException).code ?? 'the store does not accept hits';
    }
  };
  const ask = async (): Promise<string | undefined> => {
    // A good result is used for its time, unless a commit fails.
    const holds = known && performance.now() < known.until && (known.code ?? known.failures === monitor.failures);
    if (holds) return known!.code;
    const { failures } = monitor;
    asking ??= probe().then((code) => {
      known = { code, until: performance.now() + HELD_MS, failures };
      asking = undefined;
      return code;
    });
    return asking;
  };

  app.get('/healthz', { config: { open: true, clearText: true } }, async (_request, reply) => {
    void reply.header('Cache-Control', 'no-store');
    const failing = (reason: string) => reply.code(503).send({ status: 'failing', reason });
    if (!clock.isSet) return failing('The clock of this machine is not set (clock).');
    const waited = performance.now() - waitingSince();
    if (waited > STANDSTILL_MS)
      return failing(`Hits have waited for ${Math.floor(waited / 1000)} seconds (standstill).`);
    if (!monitor.failure && performance.now() - monitor.tookAt < FRESH_MS) return { status: 'ok' };
    const code = await ask();
    if (code === undefined) return { status: 'ok' };
    return failing(`A test write to the store failed (${code}).`);
  });
}

async function writeProbe(file: string): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(Buffer.alloc(PROBE_BYTES));
    await handle.sync();
  } finally {
    await handle.close();
    await rm(file, { force: true });
  }
}

async function withTimeout(answer: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(Object.assign(new Error('The store does not answer.'), { code: 'ETIMEDOUT' })),
      STORE_TIMEOUT_MS,
    );
  });
  await Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
