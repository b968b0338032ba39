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

/** The most questions of one file: the days that are shown, the days that are over, and the days before. */
const MOST_QUESTIONS = 3;

/** The same for one CSV file: a question, or a list of questions about different days. */
export function readQuestions<K extends ReportKind>(
  kind: K,
  json: string,
): { questions: Reports[K]['question'][] } | { bad: BadQuestion } {
  if (!/^\s*\[/.test(json)) {
    const read = readQuestion(kind, json);
    return 'bad' in read ? read : { questions: [read.question] };
  }
  let asked: unknown[];
  try {
    asked = JSON.parse(json) as unknown[];
  } catch {
    return { bad: { error: 'The question is not JSON.', code: 'not_json', member: '' } };
  }
  if (asked.length < 1 || asked.length > MOST_QUESTIONS) {
    const error = `A list must contain 1 to ${MOST_QUESTIONS} questions.`;
    return { bad: { error, code: asked.length ? 'too_many' : 'too_small', member: '' } };
  }
  const questions: Reports[K]['question'][] = [];
  for (const [index, one] of asked.entries()) {
    const read = readQuestion(kind, JSON.stringify(one));
    if ('bad' in read) return { bad: { ...read.bad, member: `[${index}]${read.bad.member && `.${read.bad.member}`}` } };
    if (!hasDays(read.question)) {
      const error = 'Only questions with `from` and `to`, and without `compare`, can be in a list.';
      return { bad: { error, code: 'bad_value', member: `[${index}]` } };
    }
    questions.push(read.question);
  }
  return { questions };
}

const hasDays = (question: { from?: unknown; to?: unknown; compare?: unknown }): boolean =>
  question.from !== undefined && question.to !== undefined && question.compare !== true;

/** Validates a question that is parsed already. Its length is not limited. */
export function checkQuestion<K extends ReportKind>(kind: K, asked: unknown): ReadQuestion<K> {
  return check((REPORTS[kind] as Report<K>).question, asked);
}
