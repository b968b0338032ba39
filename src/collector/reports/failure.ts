import type { ReportProblem } from '../../protocol/reports.js';
import { NoReport } from './no-report.js';

/** An error, as it is sent from one process to another. */
export interface Failure {
  message: string;
  /** The HTTP status, if the error is not an internal one. */
  statusCode?: number | undefined;
  /** Further members of the answer, for a report. */
  problem?: Omit<ReportProblem, 'error'> | undefined;
}

export function toFailure(error: unknown): Failure {
  const { message, statusCode } = error as Error & { statusCode?: number };
  if (!(error instanceof NoReport)) return { message, statusCode };
  const { code, member, progress } = error;
  return { message, statusCode, problem: { code, member, ...(progress !== undefined && { progress }) } };
}

export function toError({ message, statusCode, problem }: Failure): Error {
  if (!problem) return Object.assign(new Error(message), { statusCode });
  return new NoReport(statusCode as NoReport['statusCode'], { error: message, ...problem });
}
