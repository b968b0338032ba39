import type { BadQuestion, ReportProblem } from '../../protocol/reports.js';

/** Why there is no answer, as the read API says it. */
export class NoReport extends Error {
  readonly code: ReportProblem['code'];
  readonly member: string;
  /** From 0 to 1: while reports are being built. */
  readonly progress: number | undefined;

  constructor(
    readonly statusCode: 400 | 404 | 500 | 501 | 503 | 504,
    { error, code, member, progress }: ReportProblem,
  ) {
    super(error);
    this.code = code;
    this.member = member;
    this.progress = progress;
  }
}

export function badQuestion(bad: BadQuestion): NoReport {
  return new NoReport(400, bad);
}

/** There will be an answer soon. */
export function unavailable(error: string): NoReport {
  return new NoReport(503, { error, code: 'unavailable', member: '' });
}

/** @param seconds that an answer may take */
export function tooSlow(seconds: number): NoReport {
  const error = `The report took longer than ${seconds} s: ask for fewer days.`;
  return new NoReport(504, { error, code: 'too_slow', member: '' });
}
