import type { ComponentChildren } from 'preact';
import { daysIn } from '../days.js';
import { rangeOf, setView, useView } from '../view.js';

/** Where a few days have nothing: more of them. Nothing where the days that are shown are as many already. */
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
