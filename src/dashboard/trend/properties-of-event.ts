import { ALL_NAMES } from '../../protocol/reports.js';
import { likelyAmounts } from '../amounts.js';
import { useReport } from '../ask.js';
import { isAdded, type Chosen } from './question.js';

export interface PropertiesOfEvent {
  /** The properties that are probably amounts, the most likely one first. */
  amounts: string[];
  /** All of them, the amounts first. */
  names: string[];
}

/** The properties that the event was sent with, if their values are added; undefined until they are known. */
export function usePropertiesOfEvent({ event, count }: Chosen): PropertiesOfEvent | undefined {
  const isAsked = isAdded(count) && event !== '';
  const { answer, answered, problem } = useReport('names', isAsked ? { ...ALL_NAMES, event } : undefined);
  // The page works without them, too.
  if (problem) return { amounts: [], names: [] };
  if (!isAsked || answered?.event !== event) return undefined;
  const amounts = likelyAmounts(answer!.properties, event);
  return { amounts, names: [...amounts, ...answer!.properties.map(({ name }) => name)] };
}
