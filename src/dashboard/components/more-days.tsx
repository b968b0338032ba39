import type { ComponentChildren } from 'preact';
import { daysIn } from '../days.js';
import { rangeOf, setView, useView } from '../view.js';

/** A button to show more days, for a range without hits. It is not shown if the range is as long already. */
export function MoreDays({ primary = true }: { primary?: boolean }): ComponentChildren {
  const { from, to } = useView();
  const many = rangeOf('91');
  if (from <= many.from && to >= many.to) return null;
  return (
    <button type="button" class={primary ? 'primary' : undefined} onClick={() => setView({ days: '91' })}>
      Look at {daysIn(many)} days
    </button>
  );
}
