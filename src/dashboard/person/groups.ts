import type { Person, PropertyValue } from '../../protocol/api.js';
import { foldName } from '../../protocol/text.js';

/** Groups of properties, the most useful first. */

export type Property = [name: string, history: PropertyValue[]];

export const GROUPS = {
  person: 'About the person',
  events: 'Sent with events',
  campaign: 'Campaign and source',
  technical: 'Pages and technical data',
} as const;

export type Group = keyof typeof GROUPS;

/** Properties that the tracker sends automatically, and their names in addresses. */
const CAMPAIGN = /^(campaign (source|medium|name|terms|content)|utm_\w+|\w*clid|referrer|search engine|search terms)$/;
const TECHNICAL = /^(url|viewed url|page url|returning|user agent|browser|language|screen|km[_ ].*)$/;

/** The groups that are not empty. */
export function groupsOf({ properties, events }: Person): [Group, Property[]][] {
  const withEvents = new Set<string>();
  for (const event of events) for (const name of Object.keys(event.properties)) withEvents.add(name);
  const folded = new Set([...withEvents].map(foldName));
  const groups: Record<Group, Property[]> = { person: [], events: [], campaign: [], technical: [] };
  for (const [name, history] of Object.entries(properties))
    groups[groupOf(foldName(name), folded)].push([name, history]);
  return (Object.keys(GROUPS) as Group[]).flatMap((group) =>
    groups[group].length ? [[group, groups[group]] as [Group, Property[]]] : [],
  );
}

function groupOf(name: string, withEvents: Set<string>): Group {
  if (CAMPAIGN.test(name)) return 'campaign';
  if (TECHNICAL.test(name)) return 'technical';
  return withEvents.has(name) ? 'events' : 'person';
}
