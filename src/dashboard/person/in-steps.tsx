import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { number } from '../format.js';

/** How many items are shown first, and added with each press of the button: a page with a hundred thousand elements would hang. */
const STEP = 100;

/** The first of many items, and a button for more. @param list renders the element around them */
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
