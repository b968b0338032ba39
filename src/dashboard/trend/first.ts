import { foldText } from '../../protocol/fold.js';
import type { Name, NamesAnswer } from '../../protocol/reports.js';
import { isAutomatic } from '../automatic.js';

/** What is asked where nobody has asked anything: what the site itself has done most often, else its views and visits. */
export function firstEvent({ events }: NamesAnswer): string | undefined {
  const most = (some: Name[]): Name | undefined => some.toSorted((a, b) => b.times - a.times)[0];
  const own = events.filter(({ name }) => !isAutomatic(name));
  const views = events.filter(({ name }) => ['page view', 'visited site'].includes(foldText(name)));
  return (most(own) ?? most(views) ?? most(events))?.name;
}

/** The property that is most likely an amount, for who adds up without having said what. */
export function likelyAmount({ properties }: Pick<NamesAnswer, 'properties'>): string {
  const isAmount = /amount|price|revenue|total|value|paid/i;
  return properties.find(({ name }) => isAmount.test(name))?.name ?? '';
}
