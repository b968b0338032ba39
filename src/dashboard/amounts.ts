import { foldText } from '../protocol/fold.js';

interface Named {
  name: string;
}

/**
 * The properties that are probably amounts. First come those with a name like the event's (`Billed`, `Billing Amount`), then
 * those of the most people.
 */
export function likelyAmounts(properties: readonly Named[], event: string): string[] {
  const amounts = amountsIn(properties);
  const isLike = (name: string): boolean => areAlike(name, event);
  return [...amounts.filter(isLike), ...amounts.filter((name) => !isLike(name))];
}

/** All choices, those with these names first. */
export function withFirst<C extends Named>(choices: readonly C[], names: readonly string[]): C[] {
  const byName = new Map(choices.map((one) => [one.name, one]));
  const first = new Set(names.flatMap((name) => byName.get(name) ?? []));
  return [...first, ...choices.filter((one) => !first.has(one))];
}

/** The event that probably has amounts: one with a name like that of an amount, else the first. */
export function likelyPayment(events: readonly Named[], properties: readonly Named[]): string | undefined {
  const amounts = amountsIn(properties);
  return (events.find(({ name }) => amounts.some((amount) => areAlike(amount, name))) ?? events[0])?.name;
}

const amountsIn = (properties: readonly Named[]): string[] =>
  properties.map(({ name }) => name).filter((name) => /amount|price|revenue|total|value|paid/i.test(name));

function areAlike(one: string, other: string): boolean {
  const stems = stemsOf(other);
  return stemsOf(one).some((stem) => stems.includes(stem));
}

/** The first four letters of each word that has so many: enough to see that two words are forms of the same word. */
const stemsOf = (name: string): string[] =>
  (foldText(name).match(/[\p{L}\p{N}]{4,}/gu) ?? []).map((word) => [...word].slice(0, 4).join(''));
