import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Answered, ReportKind, ReportProblem, Reports } from '../protocol/reports.js';
import { AGAIN } from './again.js';
import { jsonOf, reach, sendEarly, UNREACHABLE } from './requests.js';
import { address } from './site.js';
import { onMaybeReachable } from './window-events.js';

/** How long to wait before asking again when the collector cannot answer yet, in milliseconds. */
const AGAIN_MS = 1000;

/** The longest address; some proxies refuse longer ones. */
const LONGEST_ADDRESS = 8000;

export type Problem = Omit<ReportProblem, 'code'> & { code: ReportProblem['code'] | 'unreachable' };

export interface Asked<Answer, Question = unknown> {
  /** The latest answer. While another question is asked, that of the previous question, so that the page does not become empty. */
  answer?: Answer;
  /** The question of that answer. */
  answered?: Question;
  asking: boolean;
  /** Why there is no answer. */
  problem?: Problem;
  /** Why the collector cannot answer yet, if it has said so. While reports are being built, this has their progress. */
  waits?: Problem;
}

const addressOf = (kind: ReportKind, parameters: Record<string, string>): string =>
  address(`/api/v1/reports/${kind}`, parameters);

/** An answer as CSV: its address, and the question if it is too long for an address. */
export interface Csv {
  url: string;
  q?: string;
}

/** @param questions several ones are about different days: each row of the file begins with its days */
export function csvOf<K extends ReportKind>(kind: K, ...questions: Reports[K]['question'][]): Csv {
  const q = JSON.stringify(questions.length > 1 ? questions : questions[0]);
  const url = addressOf(kind, { q, format: 'csv' });
  return url.length <= LONGEST_ADDRESS ? { url } : { url: addressOf(kind, { format: 'csv' }), q };
}

/** Makes the page ask for all its reports again. Requests without an answer are aborted, since one of them may hang. */
export const askAgain = (): void => void dispatchEvent(new Event(AGAIN));

/** The same for pages that ask often: a question without an answer is not aborted, but asked again after its answer. */
export const askAgainBehind = (): void => void dispatchEvent(new Event(BEHIND));

const BEHIND = 'kmq-again-behind';

/** Asks for a report that the page will need, while the page waits for something else. */
export const askEarly = <K extends ReportKind>(kind: K, question: Reports[K]['question']): void =>
  sendEarly(addressOf(kind, { q: JSON.stringify(question) }));

/**
 * Asks for a report, and repeats it while the collector says that it cannot answer yet.
 * @param onWait called each time with what the collector says
 * @throws Problem, or the reason of `signal` when it is aborted
 */
export async function ask<K extends ReportKind>(
  kind: K,
  question: Reports[K]['question'],
  signal: AbortSignal,
  onWait: (waits: Problem) => void = () => {},
): Promise<Reports[K]['answer']> {
  const q = JSON.stringify(question);
  const url = addressOf(kind, { q });
  const asked = (): Promise<Response> =>
    url.length <= LONGEST_ADDRESS
      ? reach(url, { signal })
      : reach(addressOf(kind, {}), { method: 'POST', body: q, signal });
  for (;;) {
    const unreachable = (error: unknown): never => {
      throw signal.aborted ? error : NO_COLLECTOR;
    };
    const response = await asked().catch(unreachable);
    const answer = await jsonOf<Reports[K]['answer'] | Problem>(response).catch(unreachable);
    // A proxy may answer with JSON of its own. Each answer of the collector says up to when it counts.
    if (response.ok && typeof (answer as Answered | null)?.asOf === 'number') return answer as Reports[K]['answer'];
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the page shows it like what the collector says
    if (typeof (answer as Problem | null)?.code !== 'string') throw NO_COLLECTOR;
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- it is what the collector has said
    if (response.status !== 503) throw answer;
    onWait(answer as Problem);
    await pause(signal);
  }
}

const NO_COLLECTOR: Problem = { error: UNREACHABLE, code: 'unreachable', member: '' };

/**
 * The answer to a question, for a component. A new question aborts the previous one, so that no older answer arrives
 * after a newer one.
 * @param question undefined to ask nothing
 */
export function useReport<K extends ReportKind>(
  kind: K,
  question: Reports[K]['question'] | undefined,
): Asked<Reports[K]['answer'], Reports[K]['question']> {
  type Here = State<Reports[K]['answer'], Reports[K]['question']>;
  const [state, setState] = useState<Here>({ asked: undefined, asking: false });
  const [turn, setTurn] = useState(0);
  // A slow answer must not be aborted by each request to ask again.
  const isRunning = useRef(false);
  const isWanted = useRef(false);
  const text = question && JSON.stringify(question);
  const again = (): void => setTurn((before) => before + 1);
  useEffect(() => {
    const behind = (): void => {
      if (isRunning.current) isWanted.current = true;
      else again();
    };
    addEventListener(AGAIN, again);
    addEventListener(BEHIND, behind);
    return () => {
      removeEventListener(AGAIN, again);
      removeEventListener(BEHIND, behind);
    };
  }, []);
  const isUnreachable = state.problem?.code === 'unreachable';
  useEffect(() => (isUnreachable ? onMaybeReachable(again) : undefined), [isUnreachable]);
  // Before the next frame is painted, so that the collector answers meanwhile.
  useLayoutEffect(() => {
    if (text === undefined) return;
    const ended = new AbortController();
    const answered = JSON.parse(text) as Reports[K]['question'];
    const next = (change: Partial<Here>): void => {
      if (ended.signal.aborted) return;
      setState(({ answer, answered }) => ({
        ...(answer && { answer, answered }),
        asked: text,
        asking: true,
        ...change,
      }));
    };
    next({});
    isRunning.current = true;
    isWanted.current = false;
    const stopped = (): void => {
      isRunning.current = false;
      if (isWanted.current) again();
    };
    ask(kind, answered, ended.signal, (waits) => next({ waits }))
      .then(
        (answer) => next({ answer, answered, asking: false }),
        (problem: Problem) => ended.signal.aborted || setState({ problem, asked: text, asking: false }),
      )
      .finally(() => ended.signal.aborted || stopped());
    return () => {
      ended.abort();
      isRunning.current = false;
    };
  }, [kind, text, turn]);
  const { answer, answered, asked, ...current } = state;
  const latest = answer && { answer, ...(answered && { answered }) };
  // The component is rendered once before the effect asks the new question: then it counts as being asked already.
  if (text !== undefined && asked !== text) return { ...latest, asking: true };
  return { ...latest, ...current };
}

type State<Answer, Question> = Asked<Answer, Question> & { asked: string | undefined };

/** @throws if the signal is aborted meanwhile */
function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, AGAIN_MS);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}
