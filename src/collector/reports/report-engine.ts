import type { ReportKind } from '../../protocol/reports.js';
import type { NoReport } from './no-report.js';

/** Answers reports, in whichever process the engine runs. */
export interface ReportEngine {
  /**
   * @param question that `readQuestion` has read
   * @param signal aborted when the client does not wait for the answer any more
   * @returns the answer as JSON, UTF-8
   * @throws NoReport
   */
  ask(kind: ReportKind, key: string, question: unknown, signal: AbortSignal): Promise<Uint8Array>;

  /** Why no question can be answered now, without asking one; undefined if questions can be answered, or if that is not known. */
  whyIncomplete?(): NoReport | undefined;
}
