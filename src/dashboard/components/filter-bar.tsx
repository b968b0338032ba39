import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Condition } from '../../protocol/reports.js';
import { InWords } from '../conditions.js';
import { isFilterDamaged, setView, useParameters, useView } from '../view.js';

/** Who is counted: a chip for each condition, with a button that removes it. Screen readers announce a new chip. */
export function FilterBar({ filter }: { filter: Condition[] }): ComponentChildren {
  const said = useRef<HTMLParagraphElement>(null);
  const bar = useRef<HTMLDivElement>(null);
  /** The pressed button goes away together with its chip. Without this the focus would be lost. */
  const removed = useRef<number | null>(null);
  /** Nothing is said before the reader has changed something: a screen reader would say it first of all on each page. */
  const first = useRef(JSON.stringify(filter));
  const hasChanged = useRef(false);
  hasChanged.current ||= JSON.stringify(filter) !== first.current;
  useLayoutEffect(() => {
    if (removed.current === null) return;
    const buttons = bar.current?.querySelectorAll<HTMLElement>('.condition button') ?? [];
    (buttons[Math.min(removed.current, buttons.length - 1)] ?? said.current!).focus();
    removed.current = null;
  }, [filter.length]);
  const remove = (index: number): void => {
    removed.current = index;
    setView({ filter: filter.filter((_, other) => other !== index) });
  };
  const removeAll = (): void => {
    removed.current = 0;
    setView({ filter: [] });
  };
  return (
    <>
      <DamagedFilter />
      <p ref={said} class="unseen" aria-live="polite" tabIndex={-1}>
        {hasChanged.current && saying(filter.length)}
      </p>
      {filter.length > 0 && (
        <div ref={bar} class="filter-bar" role="group" aria-label="Filter">
          <span class="quiet">Only people who</span>
          {filter.map((condition, index) => (
            <span key={JSON.stringify(condition)} class="condition">
              <span id={`condition-${index}`} class="words">
                <InWords condition={condition} />
              </span>
              <button
                type="button"
                id={`remove-${index}`}
                aria-label="Remove this condition"
                aria-labelledby={`remove-${index} condition-${index}`}
                onClick={() => remove(index)}
              >
                ×
              </button>
            </span>
          ))}
          {filter.length > 1 && (
            <button type="button" class="plain" onClick={removeAll}>
              Remove all
            </button>
          )}
        </div>
      )}
    </>
  );
}

/** Says that the filter of the address is not the one that is in force. */
export function DamagedFilter(): ComponentChildren {
  const { filter } = useView();
  if (!isFilterDamaged(useParameters())) return null;
  return (
    <p class="warning" role="alert">
      A part of the filter in this URL cannot be read.{' '}
      <button type="button" class="plain" onClick={() => setView({ filter })}>
        Leave out that part
      </button>
    </p>
  );
}

const saying = (conditions: number): string =>
  conditions === 0
    ? 'No conditions.'
    : conditions === 1
      ? 'Only people who match one condition are counted.'
      : `Only people who match ${conditions} conditions are counted.`;
