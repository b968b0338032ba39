import type { ReportKind } from '../../protocol/reports.js';

/** What answers reports: the engine, in whichever process that is. */
export interface ReportEngine {
  /**
   * @param question that `readQuestion` has read
   * @param signal ends the work: nobody waits for the answer any more
   * @returns the answer as JSON, UTF-8
   * @throws NoReport
   */
  ask(kind: ReportKind, key: string, question: unknown, signal: AbortSignal): Promise<Uint8Array>;
}
