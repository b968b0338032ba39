import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { number } from '../format.js';

/** What is shown at once, and again with each press of a button: a page of a hundred thousand elements answers nobody. */
const STEP = 100;

/** The first of many, and a button for more of them. @param list what they stand in */
export function InSteps<T>({
  items,
  list,
  children,
}: {
  items: readonly T[];
  list: (shown: ComponentChildren) => ComponentChildren;
  children: (item: T) => ComponentChildren;
}): ComponentChildren {
  const [count, setCount] = useState(STEP);
  return (
    <>
      {list(items.slice(0, count).map(children))}
      {items.length > count && (
        <button type="button" class="more" onClick={() => setCount(count + STEP)}>
          and {number(items.length - count)} more
        </button>
      )}
    </>
  );
}
