import { foldText } from '../../protocol/fold.js';
import type { Name, NamesAnswer } from '../../protocol/reports.js';
import { isAutomatic } from '../automatic.js';

/** The event of the first question: the most frequent of the site's own events, else page views or visits. */
export function firstEvent({ events }: NamesAnswer): string | undefined {
  const most = (some: Name[]): Name | undefined => some.toSorted((a, b) => b.times - a.times)[0];
  const own = events.filter(({ name }) => !isAutomatic(name));
  const views = events.filter(({ name }) => ['page view', 'visited site'].includes(foldText(name)));
  return (most(own) ?? most(views) ?? most(events))?.name;
}

/**
 * The properties that are probably amounts. First come those with a name like the event's (`Billed`, `Billing Amount`), then
 * those of the most people.
 */
export function likelyAmounts({ properties }: Pick<NamesAnswer, 'properties'>, event: string): string[] {
  const amounts = properties
    .map(({ name }) => name)
    .filter((name) => /amount|price|revenue|total|value|paid/i.test(name));
  const stems = stemsOf(event);
  const isNamedAfter = (name: string): boolean => stemsOf(name).some((stem) => stems.includes(stem));
  return [...amounts.filter(isNamedAfter), ...amounts.filter((name) => !isNamedAfter(name))];
}

/** The first letters of each word: enough to see that two words are forms of one. */
const stemsOf = (name: string): string[] =>
  (foldText(name).match(/[\p{L}\p{N}]{4,}/gu) ?? []).map((word) => [...word].slice(0, 4).join(''));
