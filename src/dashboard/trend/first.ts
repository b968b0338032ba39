import { foldText } from '../../protocol/fold.js';
import type { Name, NamesAnswer } from '../../protocol/reports.js';
import { isAutomatic } from '../../protocol/automatic.js';

/** The event of the first question: the most frequent of the site's own events, else page views or visits. */
export function firstEvent({ events }: NamesAnswer): string | undefined {
  const most = (some: Name[]): Name | undefined => some.toSorted((a, b) => b.times - a.times)[0];
  const own = events.filter(({ name }) => !isAutomatic(name));
  const views = events.filter(({ name }) => ['page view', 'visited site'].includes(foldText(name)));
  return (most(own) ?? most(views) ?? most(events))?.name;
}
