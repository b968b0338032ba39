import { createContext } from 'preact';
import { useMemo } from 'preact/hooks';
import { CUSTOMER_ID } from '../../protocol/reports.js';
import { useReport } from '../ask.js';
import type { PickerProps } from '../components/picker.js';

/** The events and properties that fields offer. */
export type Names = Record<'events' | 'properties', PickerProps['names']>;

export const SiteNames = createContext<Names>({ events: [], properties: [] });

/** All that the site has ever sent, and the property that stands for identities. */
export function useNames(): Names {
  const { answer } = useReport('names', {});
  return useMemo(() => {
    if (!answer) return { events: [], properties: [] };
    return { events: answer.events, properties: [...answer.properties, { name: CUSTOMER_ID }] };
  }, [answer]);
}
