import type { BadQuestion, ReportKind, Reports } from '../../../protocol/reports.js';
import { check } from './check.js';
import type { Report } from './report.js';
import { REPORTS } from './kinds.js';

/** The most characters of a question. A question for people may contain the cell of another question. */
const LONGEST = 131_072;

/** A valid question, or why it is none. */
export type ReadQuestion<K extends ReportKind> = { question: Reports[K]['question'] } | { bad: BadQuestion };

/**
 * Reads a question from JSON.
 * @returns the question, or its first fault and the place of the fault
 */
export function readQuestion<K extends ReportKind>(kind: K, json: string): ReadQuestion<K> {
  let asked: unknown;
  try {
    asked = JSON.parse(json);
  } catch {
    return { bad: { error: 'The question is not JSON.', code: 'not_json', member: '' } };
  }
  const read = checkQuestion(kind, asked);
  if ('bad' in read || json.length <= LONGEST) return read;
  const error = `The question is too long: ${LONGEST} characters at most.`;
  return { bad: { error, code: 'too_large', member: '' } };
}

/** The same for a question that is parsed already. */
export function checkQuestion<K extends ReportKind>(kind: K, asked: unknown): ReadQuestion<K> {
  return check((REPORTS[kind] as Report<K>).question, asked);
}
