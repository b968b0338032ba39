import type { BadQuestion, ReportProblem } from '../../protocol/reports.js';

/** The reason why there is no answer, for the read API. */
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

/** For a temporary reason: a later question will be answered. */
export function unavailable(error: string): NoReport {
  return new NoReport(503, { error, code: 'unavailable', member: '' });
}

/** For a command whose settings of the sites differ from those of the collector. */
export function otherSettings(): NoReport {
  const error =
    'The collector counts the hits of a site by another rule ("counting") than the settings of this command say: run it in the working ' +
    'directory of the collector, or give it the same --config.';
  return new NoReport(500, { error, code: 'failed', member: '' });
}

/**
 * For a data folder in which DuckDB cannot keep a file. In the path of a database it takes what follows a `?` for parameters, and looks
 * for its log beside another file (https://github.com/duckdb/duckdb/pull/21527).
 * @param path of the folder, without links, which DuckDB follows
 */
export function badPath(path: string): NoReport | undefined {
  if (!path.includes('?')) return undefined;
  const error = `There are no reports, because the path of the data folder, ${path}, contains a “?”: move the folder to a path without one.`;
  return new NoReport(500, { error, code: 'failed', member: '' });
}

/**
 * @param progress the part of the hits that reports include, from 0 to 1
 * @param obstacle a sentence that says why it does not grow
 */
export function building(progress: number, obstacle?: string): NoReport {
  const percent = Math.floor(progress * 100);
  const error = `Reports are being built: they include ${percent} % of the hits.${obstacle === undefined ? '' : ` ${obstacle}`}`;
  return new NoReport(503, { error, code: 'building', member: '', progress });
}

/** @param seconds how long an answer may take */
export function tooSlow(seconds: number): NoReport {
  const error = `The report took longer than ${seconds} s: ask for fewer days.`;
  return new NoReport(504, { error, code: 'too_slow', member: '' });
}
