import { createContext } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Choice } from '../components/name-field.js';
import { eventChoices, propertyChoices, useNames } from '../names.js';

/** The events and properties that fields offer. */
export type Choices = Record<'events' | 'properties', readonly Choice[]>;

export const SiteNames = createContext<Choices>({ events: [], properties: [] });

export function useChoices(): Choices {
  const { answer } = useNames();
  return useMemo(() => ({ events: eventChoices(answer), properties: propertyChoices(answer) }), [answer]);
}
