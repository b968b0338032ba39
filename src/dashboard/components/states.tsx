import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { askAgain, type Asked } from '../ask.js';

/** After this many milliseconds the page says that it is waiting. */
const PATIENCE_MS = 1000;

/** Shows that the page is waiting: after a second, or at once if the collector has said why it cannot answer yet. */
export function Progress({
  waits,
  label = 'Counting…',
}: {
  waits?: Asked<unknown>['waits'];
  label?: string;
}): ComponentChildren {
  const [isLong, setIsLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsLong(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  const said = waits?.error ?? label;
  return (
    <div class="progress" role="status">
      {(isLong || waits) && (
        <>
          <span>{said}</span>
          <progress aria-label={said} max={1} value={waits?.progress} />
        </>
      )}
    </div>
  );
}

/** Says that there is nothing, and what to do. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }): ComponentChildren {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** An error, in the words of the collector. The fields keep the text that was typed. */
export function Fault({ asked }: { asked: Pick<Asked<unknown>, 'problem'> }): ComponentChildren {
  const { problem } = asked;
  if (!problem) return null;
  return (
    <div class="fault" role="alert">
      <p>{inWords(problem.error)}</p>
      {problem.code === 'too_slow' && <p>Fewer days, or fewer conditions, take less time.</p>}
      <p>
        <button type="button" onClick={askAgain}>
          Ask again
        </button>
      </p>
    </div>
  );
}

/** A sentence of the API, whose names of members are between backticks. */
const inWords = (error: string): ComponentChildren =>
  error.split('`').map((part, index) => (index % 2 ? <code>{part}</code> : part));

/** An answer, or why there is none yet. The answer to the previous question stays visible until the next one is there. */
export function Answer<A>({
  asked,
  children,
}: {
  asked: Asked<A>;
  children: (answer: A) => ComponentChildren;
}): ComponentChildren {
  return (
    <div class="answer" aria-busy={asked.asking}>
      {/* The space is reserved whether or not there is a message, so nothing below moves. */}
      <div class="progress-place">{asked.asking && <Progress waits={asked.waits} />}</div>
      <Fault asked={asked} />
      {asked.answer && children(asked.answer)}
    </div>
  );
}
