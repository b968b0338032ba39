import type { ComponentChildren } from 'preact';
import { isFuture } from '../compared-days.js';
import { daysIn } from '../days.js';
import { rangeOf } from '../presets.js';
import { setView, useView } from '../view.js';
import { Empty } from './states.js';

/** A button to show more days, for a range without hits. It is not shown if the range is as long already. */
export function MoreDays({ primary = true }: { primary?: boolean }): ComponentChildren {
  const { from, to } = useView();
  const many = rangeOf('91');
  if (from <= many.from && to >= many.to) return null;
  return (
    <button type="button" class={primary ? 'primary' : undefined} onClick={() => setView({ days: '91' })}>
      Look at {isFuture({ from }) && 'the latest '}
      {daysIn(many)} days
    </button>
  );
}

/** Shown if nobody came, and none of the days has begun. */
export const NotBegun = (): ComponentChildren => (
  <Empty title="These days have not begun">
    <p class="actions center">
      <MoreDays />
    </p>
  </Empty>
);
