import type { ProcessMetrics } from '../watch/metrics.js';
import type { FromPrimary, FromWorker } from './messages.js';

/** Answers the primary, which collects the metrics of all workers, with those of this one. */
export function answerMetrics(own: () => Promise<ProcessMetrics>): void {
  process.on('message', (message: FromPrimary) => {
    if (message.kind !== 'metrics') return;
    void own().then((metrics) => process.send!({ kind: 'metrics', id: message.id, metrics } satisfies FromWorker));
  });
}
