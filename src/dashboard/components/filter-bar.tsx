import type { ComponentChildren } from 'preact';
import type { Condition } from '../../protocol/reports.js';
import { InWords } from '../conditions.js';
import { setView } from '../view.js';

/** Who is counted: a chip for each condition, which takes it away again. */
export function FilterBar({
  filter,
  children,
}: {
  filter: Condition[];
  children?: ComponentChildren;
}): ComponentChildren {
  if (filter.length === 0 && !children) return null;
  const without = (index: number): Condition[] => filter.filter((_, other) => other !== index);
  return (
    <div class="filter-bar" role="group" aria-label="Filter">
      {filter.length > 0 && <span class="quiet">Only people who</span>}
      {filter.map((condition, index) => (
        <span key={JSON.stringify(condition)} class="condition">
          <span class="words">
            <InWords condition={condition} />
          </span>
          <button type="button" aria-label="Remove this condition" onClick={() => setView({ filter: without(index) })}>
            ×
          </button>
        </span>
      ))}
      {filter.length > 1 && (
        <button type="button" class="plain" onClick={() => setView({ filter: [] })}>
          Remove all
        </button>
      )}
      {children}
    </div>
  );
}
